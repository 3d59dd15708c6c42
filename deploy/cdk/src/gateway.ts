import { Aws, Duration, Fn } from "aws-cdk-lib";
import { type IMetric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { type ISecurityGroup, SubnetType, type Vpc } from "aws-cdk-lib/aws-ec2";
import type { IRepository } from "aws-cdk-lib/aws-ecr";
import * as ecs from "aws-cdk-lib/aws-ecs";
import type { ApplicationTargetGroup } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import type { IRole } from "aws-cdk-lib/aws-iam";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { accept } from "./accept.js";
import { GATEWAY_PORT, REQUEST_TIMEOUT_S } from "./front-door.js";
import { keptLog } from "./kept-log.js";
import type { Size } from "./sizes.js";

export interface GatewayProps {
  readonly vpc: Vpc;
  readonly size: Size["gateway"];
  readonly role: IRole;
  readonly group: ISecurityGroup;
  readonly targets: ApplicationTargetGroup;
  readonly repository: IRepository;
  /** Tag of the image whose entry point is `likeness`. */
  readonly imageTag: string;
  /** Settings of the gateway, by the names that `likeness --help` prints. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Where the gateway writes. Each is a VOLUME of the image, from which Fargate takes who owns it: a folder of root's otherwise
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html).
 */
const WRITABLE = { tmp: "/tmp", data: "/data" };

/**
 * Of each task: two catalogues that are imported at a time and a third that arrives, of 16 GiB at most each (the gateway's own
 * defaults), and the image, which lies there too.
 */
const DISK_GIB = 50;

/**
 * The largest picture: 5,000 × 5,000, which is also Shopify's. Four are decoded at a time, and a pixel of the worst kind takes 25 bytes
 * (docs/settings.md), so that no request can take more than 2.5 GB, beside its body and the half GB that a gateway needs.
 */
const MAX_IMAGE_PIXELS = 25_000_000;

/** The least `level` of what went wrong, in the gateway's log (docs/settings.md). */
const ERROR_LEVEL = 50;

/** The gateway's tasks on Fargate, as many as their CPU and the requests ask for. */
export class Gateway extends Construct {
  readonly service: ecs.FargateService;
  readonly cluster: ecs.Cluster;
  /** What callers need to change products. */
  readonly writeKey: Secret;
  readonly cursorSecret: Secret;
  /** Errors in the log, a minute. */
  readonly errors: IMetric;

  constructor(scope: Construct, id: string, { vpc, size, role, group, targets, repository, imageTag, settings }: GatewayProps) {
    super(scope, id);
    this.writeKey = this.secret("WriteKey", "Lets its callers change products", "A new key locks out every caller that has the old one");
    this.cursorSecret = this.secret(
      "CursorSecret",
      "Signs the cursors of pages",
      "A new secret makes every cursor that clients hold invalid",
    );
    const log = keptLog(this, "Log");
    this.errors = new MetricFilter(this, "Errors", {
      logGroup: log,
      filterPattern: FilterPattern.numberValue("$.level", ">=", ERROR_LEVEL),
      metricNamespace: Fn.join("/", ["Likeness", Aws.STACK_NAME]),
      metricName: "GatewayErrors",
    }).metric({ statistic: Stats.SUM, period: Duration.minutes(1) });
    this.cluster = new ecs.Cluster(this, "Cluster", { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED });
    const task = new ecs.FargateTaskDefinition(this, "Task", {
      cpu: size.cpu,
      memoryLimitMiB: size.memoryMiB,
      taskRole: role,
      runtimePlatform: { cpuArchitecture: ecs.CpuArchitecture.X86_64, operatingSystemFamily: ecs.OperatingSystemFamily.LINUX },
      ephemeralStorageGiB: DISK_GIB,
      volumes: Object.keys(WRITABLE).map((name) => ({ name })),
    });
    const container = task.addContainer("gateway", {
      image: ecs.ContainerImage.fromEcrRepository(repository, imageTag),
      portMappings: [{ containerPort: GATEWAY_PORT }],
      environment: {
        ...settings,
        LIKENESS_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_S * 1000),
        LIKENESS_MAX_IMAGE_PIXELS: String(MAX_IMAGE_PIXELS),
      },
      secrets: {
        LIKENESS_CURSOR_SECRET: ecs.Secret.fromSecretsManager(this.cursorSecret),
        LIKENESS_WRITE_KEYS: ecs.Secret.fromSecretsManager(this.writeKey),
      },
      logging: ecs.LogDriver.awsLogs({ logGroup: log, streamPrefix: "gateway", mode: ecs.AwsLogDriverMode.NON_BLOCKING }),
      readonlyRootFilesystem: true,
      // The requests under way are finished first.
      stopTimeout: Duration.seconds(REQUEST_TIMEOUT_S + 5),
    });
    for (const [sourceVolume, containerPath] of Object.entries(WRITABLE)) {
      container.addMountPoints({ sourceVolume, containerPath, readOnly: false });
    }
    this.service = new ecs.FargateService(this, "Service", {
      cluster: this.cluster,
      taskDefinition: task,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [group],
      // No desiredCount: a deployment would take back what scaling has set.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      // A gateway listens once both endpoints have answered it; a serverless one may need a minute.
      healthCheckGracePeriod: Duration.minutes(3),
    });
    this.service.attachToApplicationTargetGroup(targets);
    const scaling = this.service.autoScaleTaskCount({ minCapacity: size.minTasks, maxCapacity: size.maxTasks });
    scaling.scaleOnCpuUtilization("Cpu", { targetUtilizationPercent: 60, scaleInCooldown: Duration.minutes(5) });
    // A minute.
    scaling.scaleOnRequestCount("Requests", { targetGroup: targets, requestsPerTarget: 1500, scaleInCooldown: Duration.minutes(5) });

    accept(task, { ECS2: "The settings are no secrets; secrets come from Secrets Manager." });
    accept(task.obtainExecutionRole(), { "IAM5[Resource::*]": "ecr:GetAuthorizationToken knows no resources." });
  }

  /** One that is made with the stack, the same for all tasks. */
  private secret(id: string, description: string, whyKept: string): Secret {
    const secret = new Secret(this, id, { description, generateSecretString: { passwordLength: 48, excludePunctuation: true } });
    accept(secret, { SMG4: `${whyKept}, so it is changed by hand.` });
    return secret;
  }
}
