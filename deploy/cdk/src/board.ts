import { Aws, Duration, Fn } from "aws-cdk-lib";
import { AlarmStatusWidget, Dashboard, GraphWidget, type IMetric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { HttpCodeTarget } from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { Construct } from "constructs";
import type { Alarms, Watched } from "./alarms.js";
import { domainMetric, endpointMetric } from "./metrics.js";

/** One dashboard: alarms, then a row each for requests, gateway, index and encoders. */
export class Board extends Construct {
  constructor(scope: Construct, id: string, { frontDoor, gateway, domain, encoders, alarms }: Watched & { readonly alarms: Alarms }) {
    super(scope, id);
    const { targets } = frontDoor;
    const sum = { statistic: Stats.SUM, period: Duration.minutes(1) };
    const both = (metric: string, statistic?: string) => [
      endpointMetric(encoders.text, metric, statistic),
      endpointMetric(encoders.image, metric, statistic),
    ];
    const dashboard = new Dashboard(this, "Dashboard", {
      // An account has its dashboards for all regions together.
      dashboardName: Fn.join("-", [Aws.STACK_NAME, Aws.REGION]),
      defaultInterval: Duration.hours(3),
    });
    dashboard.addWidgets(new AlarmStatusWidget({ title: "Alarms", alarms: [...alarms.alarms], width: 24, height: 3 }));
    dashboard.addWidgets(
      graph("Requests", [targets.metrics.requestCount(sum), targets.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sum)]),
      graph(
        "Response time, s",
        [50, 95, 99].map((p) => targets.metrics.targetResponseTime({ statistic: Stats.percentile(p) })),
      ),
      graph("Gateway CPU and memory, %", [gateway.service.metricCpuUtilization(), gateway.service.metricMemoryUtilization()]),
    );
    dashboard.addWidgets(
      graph("Searches and writes of the index, /min", [
        domainMetric(domain.name, "SearchRate", Stats.SUM),
        domainMetric(domain.name, "IndexingRate", Stats.SUM),
      ]),
      graph("Index latency, ms", [
        domainMetric(domain.name, "SearchLatency", Stats.AVERAGE),
        domainMetric(domain.name, "IndexingLatency", Stats.AVERAGE),
      ]),
      graph("Index CPU and heap, %", [
        domainMetric(domain.name, "CPUUtilization", Stats.MAXIMUM),
        domainMetric(domain.name, "JVMMemoryPressure", Stats.MAXIMUM),
      ]),
    );
    dashboard.addWidgets(
      graph("Encoder calls", both("Invocations")),
      graph("Encoder time, µs", [...both("ModelLatency", Stats.percentile(95)), ...both("OverheadLatency", Stats.percentile(95))]),
      graph("Encoder errors", [...both("Invocation4XXErrors"), ...both("Invocation5XXErrors")]),
    );
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6 });
}
