import { Aws, Duration } from "aws-cdk-lib";
import { Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { CfnEndpoint } from "aws-cdk-lib/aws-sagemaker";
import { VARIANT } from "./encoders.js";

/** A metric of the OpenSearch domain (https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html). */
export function domainMetric(domainName: string, metricName: string, statistic: string, period = Duration.minutes(1)): Metric {
  return new Metric({
    namespace: "AWS/ES",
    metricName,
    dimensionsMap: { DomainName: domainName, ClientId: Aws.ACCOUNT_ID },
    statistic,
    period,
  });
}

/** A metric of a SageMaker endpoint (https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html). */
export function endpointMetric(endpoint: CfnEndpoint, metricName: string, statistic: string = Stats.SUM): Metric {
  return new Metric({
    namespace: "AWS/SageMaker",
    metricName,
    dimensionsMap: { EndpointName: endpoint.attrEndpointName, VariantName: VARIANT },
    statistic,
    period: Duration.minutes(1),
  });
}
