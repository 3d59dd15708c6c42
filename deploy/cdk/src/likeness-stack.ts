import { Aws, CfnOutput, CfnParameter, Stack, type StackProps } from "aws-cdk-lib";
import { Port, SecurityGroup } from "aws-cdk-lib/aws-ec2";
import { Repository } from "aws-cdk-lib/aws-ecr";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { Alarms } from "./alarms.js";
import { Board } from "./board.js";
import { Encoders } from "./encoders.js";
import { FileStore } from "./file-store.js";
import { FrontDoor, GATEWAY_PORT } from "./front-door.js";
import { Gateway } from "./gateway.js";
import { Network } from "./network.js";
import { SearchDomain } from "./search-domain.js";
import type { EncoderKind, Size } from "./sizes.js";

export interface LikenessStackProps extends StackProps {
  readonly size: Size;
  readonly encoder: EncoderKind;
}

/** Calls of one endpoint that one gateway may have under way. */
const CALLS_PER_GATEWAY = 5;

/** All of it: network, domain, encoders, gateway, alarms. docs/deploying.md says how to use it. */
export class LikenessStack extends Stack {
  constructor(scope: Construct, id: string, { size, encoder, ...props }: LikenessStackProps) {
    super(scope, id, props);
    const { allowedCidr, certificateArn, publicUrl, repositoryName, version } = parameters(this);
    const repository = Repository.fromRepositoryName(this, "Images", repositoryName);

    const { vpc } = new Network(this, "Network", { natGateways: size.natGateways });
    const frontDoor = new FrontDoor(this, "FrontDoor", { vpc, allowedCidr, certificateArn });
    const group = new SecurityGroup(this, "GatewayGroup", { vpc, description: "Gateway: from the load balancer" });
    group.addIngressRule(frontDoor.group, Port.tcp(GATEWAY_PORT), "load balancer");
    const role = new Role(this, "GatewayRole", {
      assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com"),
      description: "What the gateway may do: use the domain (by its policy), call the two endpoints, keep pictures and imports",
    });

    const domain = new SearchDomain(this, "Search", { vpc, size: size.domain, role, from: group });
    const encoders = new Encoders(this, "Encoders", {
      kind: encoder,
      instances: size.instances,
      maxConcurrency: CALLS_PER_GATEWAY * size.gateway.maxTasks,
      repository,
      imageTag: `encoder-${version}`,
    });
    encoders.grantInvoke(role);
    const files = new FileStore(this, "Files", { role });
    const gateway = new Gateway(this, "Gateway", {
      vpc,
      size: size.gateway,
      role,
      group,
      targets: frontDoor.targets,
      repository,
      imageTag: `gateway-${version}`,
      settings: {
        AWS_REGION: Aws.REGION,
        LIKENESS_INDEX: "opensearch",
        LIKENESS_OPENSEARCH_URL: domain.url,
        ...spread(size.domain.dataNodes),
        LIKENESS_ENCODER: "sagemaker",
        LIKENESS_SAGEMAKER_TEXT_ENDPOINT: encoders.text.attrEndpointName,
        LIKENESS_SAGEMAKER_IMAGE_ENDPOINT: encoders.image.attrEndpointName,
        LIKENESS_SAGEMAKER_PROMPT: "{text}",
        LIKENESS_SAGEMAKER_CONCURRENCY: String(CALLS_PER_GATEWAY),
        LIKENESS_PICTURES: "s3",
        LIKENESS_PICTURES_BUCKET: files.bucket.bucketName,
        LIKENESS_IMPORTS_BUCKET: files.bucket.bucketName,
        // Empty counts as unset.
        LIKENESS_PUBLIC_URL: publicUrl,
        LIKENESS_CALIBRATION: "models/likeness-mini/calibration.json",
      },
    });

    const watched = { frontDoor, gateway, domain, encoders };
    const alarms = new Alarms(this, "Alarms", { ...watched, volumeGiB: size.domain.volumeGiB });
    new Board(this, "Board", { ...watched, alarms });

    new CfnOutput(this, "Url", { value: `${frontDoor.url}/graphql`, description: "The GraphQL endpoint" });
    new CfnOutput(this, "WriteKey", { value: gateway.writeKey.secretArn, description: "The secret with the key that mutations need" });
    new CfnOutput(this, "CursorSecret", { value: gateway.cursorSecret.secretArn, description: "The secret that cursors are signed with" });
    new CfnOutput(this, "AlarmTopic", { value: alarms.topic.topicArn, description: "Subscribe to it to hear of failures" });
    new CfnOutput(this, "FileBucket", { value: files.bucket.bucketName, description: "Stays when the stack is deleted" });
    new CfnOutput(this, "GatewayCluster", { value: gateway.cluster.clusterName });
    new CfnOutput(this, "GatewayService", { value: gateway.service.serviceName });
  }
}

/** A shard and its copy lie on two nodes, so it takes a shard for every two to use them all. One node has nowhere to put a copy. */
function spread(dataNodes: number) {
  const replicas = dataNodes > 1 ? 1 : 0;
  const shards = Math.floor(dataNodes / (1 + replicas));
  return { LIKENESS_OPENSEARCH_SHARDS: String(shards), LIKENESS_OPENSEARCH_REPLICAS: String(replicas) };
}

/** What is asked for at deployment. */
function parameters(stack: Stack) {
  const text = (id: string, props: { description: string; default?: string; allowedPattern?: string; constraintDescription?: string }) =>
    new CfnParameter(stack, id, { type: "String", ...props }).valueAsString;
  return {
    allowedCidr: text("AllowedCidr", {
      description: "Addresses that may call the gateway, such as 203.0.113.7/32. Without a key they may search.",
      allowedPattern: "(\\d{1,3}\\.){3}\\d{1,3}/(3[0-2]|[12]?\\d)",
      constraintDescription: "an IPv4 range such as 203.0.113.7/32",
    }),
    certificateArn: text("CertificateArn", {
      description: "ACM certificate of the load balancer; without one it speaks plain HTTP.",
      default: "",
    }),
    publicUrl: text("PublicUrl", {
      description: "What URLs of pictures begin with; give it with a certificate, such as https://search.shop.example.",
      default: "",
      allowedPattern: "(https?://[\\w.-]+(:\\d{1,5})?)?",
      constraintDescription: "scheme and host, such as https://search.shop.example, or nothing",
    }),
    repositoryName: text("Repository", { description: "ECR repository of the images.", default: "likeness" }),
    version: text("ImageVersion", {
      description: "The images are gateway-VERSION and encoder-VERSION in that repository.",
      allowedPattern: "[\\w.-]+",
    }),
  };
}
