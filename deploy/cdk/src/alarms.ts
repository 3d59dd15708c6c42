import { Aws, Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, Stats, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { HttpCodeElb, HttpCodeTarget } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { Encoders } from "./encoders.js";
import type { FrontDoor } from "./front-door.js";
import type { Gateway } from "./gateway.js";
import { domainMetric, endpointMetric } from "./metrics.js";
import type { SearchDomain } from "./search-domain.js";

export interface Watched {
  readonly frontDoor: FrontDoor;
  readonly gateway: Gateway;
  readonly domain: SearchDomain;
  readonly encoders: Encoders;
}

interface Limit {
  readonly metric: IMetric;
  /** The alarm goes off at this value and beyond. */
  readonly at: number;
  /** So many minutes in a row. */
  readonly minutes: number;
  readonly below?: true;
  /** It goes off, too, where there is no value. */
  readonly orMissing?: true;
  /** What it means and what to do. */
  readonly says: string;
}

/** Of the free space of each data node. */
const FREE_SPACE_SHARE = 0.25;

/** One alarm a way to fail, all to one topic, which people subscribe to. */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, watched: Watched & { readonly volumeGiB: number }) {
    super(scope, id);
    // Not encrypted by KMS: CloudWatch may not use the AWS-managed key, and an alarm's text is no secret.
    this.topic = new Topic(this, "Topic", { enforceSSL: true });
    // A policy, which enforceSSL makes, takes the place of the one by which SNS lets alarms in by itself
    // (https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger).
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsOfThisAccount",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
    );
    this.alarms = Object.entries(limits(watched)).map(([name, { metric, at, minutes, below, orMissing, says }]) => {
      const alarm = new Alarm(this, name, {
        metric,
        threshold: at,
        evaluationPeriods: minutes,
        comparisonOperator: below
          ? ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        // Where nobody calls, nothing fails.
        treatMissingData: orMissing ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
        alarmDescription: says,
      });
      alarm.addAlarmAction(new SnsAction(this.topic));
      alarm.addOkAction(new SnsAction(this.topic));
      return alarm;
    });
  }
}

function limits({ frontDoor, gateway, domain, encoders, volumeGiB }: Watched & { readonly volumeGiB: number }): Record<string, Limit> {
  const minute = { period: Duration.minutes(1) };
  const { loadBalancer, targets } = frontDoor;
  const sum = { ...minute, statistic: Stats.SUM };
  return {
    GatewayErrors: {
      metric: gateway.errors,
      at: 5,
      minutes: 3,
      says: "The gateway logs errors: the index, an encoder or the bucket is away, or it met a fault of its own. GraphQL answers these with 200.",
    },
    Gateway5xx: {
      metric: targets.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum),
      at: 10,
      minutes: 3,
      says: "The gateway answers 5xx: requests take too long, or pictures cannot be read. Its log has the cause.",
    },
    NoGateway: {
      metric: targets.metrics.healthyHostCount({ ...minute, statistic: Stats.MAXIMUM }),
      at: 0,
      minutes: 5,
      below: true,
      orMissing: true,
      says: "No gateway runs, whether or not anybody calls: the events of its service, or its log, have the cause.",
    },
    LoadBalancer5xx: {
      metric: loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, sum),
      at: 10,
      minutes: 3,
      says: "The load balancer finds no gateway that answers in time.",
    },
    SlowSearches: {
      metric: targets.metrics.targetResponseTime({ ...minute, statistic: Stats.percentile(95) }),
      at: 2,
      minutes: 5,
      says: "One request in twenty takes 2 s or more; those of a large ingest may, too.",
    },
    GatewayBusy: {
      metric: gateway.service.metricCpuUtilization({ ...minute, statistic: Stats.AVERAGE }),
      at: 85,
      minutes: 10,
      says: "The tasks are busy although the service has scaled out: raise the most tasks in sizes.ts.",
    },
    IndexRed: {
      metric: domainMetric(domain.name, "ClusterStatus.red", Stats.MAXIMUM),
      at: 1,
      minutes: 1,
      says: "A primary shard is missing: searches and writes fail.",
    },
    IndexFull: {
      metric: domainMetric(domain.name, "FreeStorageSpace", Stats.MINIMUM),
      at: Math.round(volumeGiB * 1024 * FREE_SPACE_SHARE),
      minutes: 1,
      below: true,
      says: "A data node has a quarter of its volume left: raise volumeGiB in sizes.ts.",
    },
    IndexBlocksWrites: {
      metric: domainMetric(domain.name, "ClusterIndexWritesBlocked", Stats.MAXIMUM),
      at: 1,
      minutes: 1,
      says: "The domain refuses writes, because of a full disk or a full heap.",
    },
    IndexHeap: {
      metric: domainMetric(domain.name, "JVMMemoryPressure", Stats.MAXIMUM),
      at: 95,
      minutes: 3,
      says: "The domain's heap is full: take larger or more data nodes.",
    },
    TextEncoderErrors: {
      metric: endpointMetric(encoders.text, "Invocation5XXErrors"),
      at: 5,
      minutes: 3,
      says: "The endpoint for texts fails; its log group has the cause.",
    },
    ImageEncoderErrors: {
      metric: endpointMetric(encoders.image, "Invocation5XXErrors"),
      at: 5,
      minutes: 3,
      says: "The endpoint for pictures fails; its log group has the cause.",
    },
  };
}
