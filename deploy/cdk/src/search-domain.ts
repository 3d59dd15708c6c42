import { Aws, CfnDeletionPolicy, Fn, Stack } from "aws-cdk-lib";
import { type ISecurityGroup, Port, SecurityGroup, SubnetType, type Vpc } from "aws-cdk-lib/aws-ec2";
import { type IRole, PolicyDocument, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { ResourcePolicy } from "aws-cdk-lib/aws-logs";
import { CfnDomain } from "aws-cdk-lib/aws-opensearchservice";
import { Construct } from "constructs";
import { accept } from "./accept.js";
import { keptLog } from "./kept-log.js";
import type { Size } from "./sizes.js";

export interface SearchDomainProps {
  readonly vpc: Vpc;
  readonly size: Size["domain"];
  /** The only role that may use the domain, and the security group it comes from. */
  readonly role: IRole;
  readonly from: ISecurityGroup;
}

/** What docs/opensearch.md lists; DELETE is for `likeness reindex`. */
const ACTIONS = ["Get", "Head", "Post", "Put", "Delete"].map((method) => `es:ESHttp${method}`);

/**
 * The products. The plain resource instead of CDK's `Domain`, which sets the access policy and the logs' permission by functions of
 * its own.
 */
export class SearchDomain extends Construct {
  /** With https://, without a path. */
  readonly url: string;
  readonly name: string;
  readonly resource: CfnDomain;

  constructor(scope: Construct, id: string, { vpc, size, role, from }: SearchDomainProps) {
    super(scope, id);
    const group = new SecurityGroup(this, "Group", { vpc, description: "OpenSearch: HTTPS from the gateway", allowAllOutbound: false });
    group.addIngressRule(from, Port.tcp(443), "gateway");
    const twoZones = size.dataNodes > 1;
    const subnets = vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnetIds;
    const logs = {
      SEARCH_SLOW_LOGS: keptLog(this, "SearchSlowLog"),
      INDEX_SLOW_LOGS: keptLog(this, "IndexSlowLog"),
      ES_APPLICATION_LOGS: keptLog(this, "ApplicationLog"),
    };
    const mayLog = new ResourcePolicy(this, "MayLog", {
      // A name is for the whole account and region, and CDK's is the same for every stack.
      resourcePolicyName: Fn.join("-", [Aws.STACK_NAME, "opensearch-logs"]),
      policyStatements: [
        new PolicyStatement({
          principals: [new ServicePrincipal("es.amazonaws.com")],
          actions: ["logs:PutLogEvents", "logs:CreateLogStream"],
          resources: Object.values(logs).map(({ logGroupArn }) => logGroupArn),
          conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
        }),
      ],
    });
    // Named, because its policy must say so.
    this.name = Aws.STACK_NAME;
    this.resource = new CfnDomain(this, "Domain", {
      domainName: this.name,
      engineVersion: "OpenSearch_2.19",
      clusterConfig: {
        instanceType: size.dataInstance,
        instanceCount: size.dataNodes,
        ...(twoZones ? { zoneAwarenessEnabled: true, zoneAwarenessConfig: { availabilityZoneCount: 2 } } : { zoneAwarenessEnabled: false }),
        ...(size.masterInstance
          ? { dedicatedMasterEnabled: true, dedicatedMasterType: size.masterInstance, dedicatedMasterCount: 3 }
          : { dedicatedMasterEnabled: false }),
      },
      ebsOptions: { ebsEnabled: true, volumeType: "gp3", volumeSize: size.volumeGiB },
      vpcOptions: { securityGroupIds: [group.securityGroupId], subnetIds: twoZones ? subnets.slice(0, 2) : subnets.slice(0, 1) },
      encryptionAtRestOptions: { enabled: true },
      nodeToNodeEncryptionOptions: { enabled: true },
      domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: "Policy-Min-TLS-1-2-PFS-2023-10" },
      accessPolicies: new PolicyDocument({
        statements: [
          new PolicyStatement({
            principals: [role],
            actions: ACTIONS,
            resources: [Stack.of(this).formatArn({ service: "es", resource: "domain", resourceName: `${this.name}/*` })],
          }),
        ],
      }),
      logPublishingOptions: Object.fromEntries(
        Object.entries(logs).map(([kind, { logGroupArn }]) => [kind, { enabled: true, cloudWatchLogsLogGroupArn: logGroupArn }]),
      ),
      softwareUpdateOptions: { autoSoftwareUpdateEnabled: true },
    });
    this.resource.node.addDependency(mayLog);
    // Deleting the stack deletes the products; an update that would have to replace the domain leaves the old one alone.
    this.resource.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
    this.resource.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    this.resource.cfnOptions.updatePolicy = { enableVersionUpgrade: true };
    this.url = `https://${this.resource.attrDomainEndpoint}`;

    accept(this.resource, {
      OS3: "It is in private subnets, open to the gateway's security group alone, and takes requests signed by the gateway's role alone.",
      ...(size.masterInstance ? {} : { OS4: "One small node is its own master; the larger sizes have three dedicated ones." }),
      ...(twoZones ? {} : { OS7: "One node cannot be in two zones; the larger sizes are." }),
    });
  }
}
