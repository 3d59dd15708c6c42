import { CfnCondition, Duration, Fn, Token } from "aws-cdk-lib";
import { type ISecurityGroup, Peer, Port, SecurityGroup, SubnetType, type Vpc } from "aws-cdk-lib/aws-ec2";
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  type CfnListener,
  type CfnLoadBalancer,
  ListenerAction,
  TargetType,
} from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { Construct } from "constructs";
import { accept } from "./accept.js";

export interface FrontDoorProps {
  readonly vpc: Vpc;
  /** CIDR that may call the gateway. */
  readonly allowedCidr: string;
  /** ARN of an ACM certificate, or empty for plain HTTP. */
  readonly certificateArn: string;
}

/**
 * A load balancer may reuse a connection for as long as it may idle, so a target has to keep it longer: the gateway's HTTP server
 * does for 72 s (Fastify's default). A request that takes longer than the idle time is cut, so the gateway gives up before.
 */
const IDLE_S = 70;
export const REQUEST_TIMEOUT_S = 65;

export const GATEWAY_PORT = 4000;

/** The load balancer: HTTPS with a certificate, HTTP without. */
export class FrontDoor extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly targets: ApplicationTargetGroup;
  /** What a target's security group must let in. */
  readonly group: ISecurityGroup;
  /** With http:// or https://, without a path. */
  readonly url: string;

  constructor(scope: Construct, id: string, { vpc, allowedCidr, certificateArn }: FrontDoorProps) {
    super(scope, id);
    const secure = new CfnCondition(this, "HasCertificate", { expression: Fn.conditionNot(Fn.conditionEquals(certificateArn, "")) });
    const ifSecure = (then: unknown, otherwise: unknown) => Fn.conditionIf(secure.logicalId, then, otherwise);
    const port = Token.asNumber(ifSecure(443, 80));

    const group = new SecurityGroup(this, "Group", {
      vpc,
      description: "Load balancer: who may call the gateway",
      allowAllOutbound: false,
    });
    group.addIngressRule(Peer.ipv4(allowedCidr), Port.tcp(port), "callers");
    this.group = group;
    this.loadBalancer = new ApplicationLoadBalancer(this, "LoadBalancer", {
      vpc,
      internetFacing: true,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      securityGroup: group,
      idleTimeout: Duration.seconds(IDLE_S),
      dropInvalidHeaderFields: true,
    });
    this.targets = new ApplicationTargetGroup(this, "Targets", {
      vpc,
      port: GATEWAY_PORT,
      protocol: ApplicationProtocol.HTTP,
      targetType: TargetType.IP,
      deregistrationDelay: Duration.seconds(REQUEST_TIMEOUT_S),
      // Not /readyz: ECS replaces what is unhealthy here, and a new task cannot mend an index that is away.
      healthCheck: { path: "/livez", interval: Duration.seconds(15), healthyThresholdCount: 2, unhealthyThresholdCount: 3 },
    });
    const listener = this.loadBalancer.addListener("Listener", {
      port: 80,
      protocol: ApplicationProtocol.HTTP,
      open: false,
      defaultAction: ListenerAction.forward([this.targets]),
    });
    // CDK decides at synthesis, the template at deployment, whether there is a certificate.
    const { node } = listener;
    const resource = node.defaultChild as CfnListener;
    resource.addPropertyOverride("Port", port);
    resource.addPropertyOverride("Protocol", ifSecure("HTTPS", "HTTP"));
    resource.addPropertyOverride("Certificates", ifSecure([{ CertificateArn: certificateArn }], Fn.ref("AWS::NoValue")));
    resource.addPropertyOverride("SslPolicy", ifSecure("ELBSecurityPolicy-TLS13-1-2-2021-06", Fn.ref("AWS::NoValue")));
    this.url = Fn.join("", [Fn.conditionIf(secure.logicalId, "https", "http").toString(), "://", this.loadBalancer.loadBalancerDnsName]);

    accept(group, { EC23: "Who may call is asked for at deployment; there is no default that would open it to the world." });
    accept(this.loadBalancer.node.defaultChild as CfnLoadBalancer, {
      ELB2: "The gateway logs every request with its id, status and time; a second log in a bucket would tell the same.",
    });
  }
}
