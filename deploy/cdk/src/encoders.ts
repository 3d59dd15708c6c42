import { Duration, Fn, Stack } from "aws-cdk-lib";
import { PredefinedMetric, ScalableTarget, ServiceNamespace, TargetTrackingScalingPolicy } from "aws-cdk-lib/aws-applicationautoscaling";
import type { IRepository } from "aws-cdk-lib/aws-ecr";
import { type IRole, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnEndpoint, CfnEndpointConfig, CfnModel } from "aws-cdk-lib/aws-sagemaker";
import { Construct } from "constructs";
import { accept } from "./accept.js";
import { keptLog } from "./kept-log.js";
import type { EncoderKind, Size } from "./sizes.js";

export interface EncodersProps {
  readonly kind: EncoderKind;
  readonly instances: Size["instances"];
  /** Of a serverless endpoint: calls at a time, all gateways together. */
  readonly maxConcurrency: number;
  readonly repository: IRepository;
  /** Tag of the image whose entry point is `likeness encoder-server`. */
  readonly imageTag: string;
}

export const VARIANT = "AllTraffic";

/** The most that a serverless endpoint can have. */
const SERVERLESS_MEMORY_MB = 6144;

/** Calls a minute that one instance is kept at, so that it is about half busy at 100 ms a call. */
const CALLS_PER_INSTANCE = 300;

/** Two SageMaker endpoints of our container, for texts and for pictures: serverless, or on instances that scale with the calls. */
export class Encoders extends Construct {
  readonly text: CfnEndpoint;
  readonly image: CfnEndpoint;

  constructor(scope: Construct, id: string, props: EncodersProps) {
    super(scope, id);
    const role = this.containerRole(props.repository);
    this.text = this.endpoint("TEXT", role, props);
    this.image = this.endpoint("IMAGE", role, props);
  }

  grantInvoke(role: IRole): void {
    const resources = [this.text, this.image].map(({ ref }) => ref);
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ["sagemaker:InvokeEndpoint"], resources }));
  }

  private endpoint(encodeType: "TEXT" | "IMAGE", role: Role, props: EncodersProps): CfnEndpoint {
    const { kind, instances, maxConcurrency, repository, imageTag } = props;
    const scope = new Construct(this, encodeType === "TEXT" ? "Text" : "Image");
    // SageMaker cannot turn an endpoint on instances into a serverless one, so that the other kind is another endpoint.
    const endpointName = Fn.sub(`\${AWS::StackName}-${kind}-${encodeType.toLowerCase()}`);
    // SageMaker would make this group itself, and keep it for ever.
    const log = keptLog(scope, "Log", Fn.join("", ["/aws/sagemaker/Endpoints/", endpointName]));
    log.grant(role, "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams");
    const model = new CfnModel(scope, "Model", {
      executionRoleArn: role.roleArn,
      primaryContainer: { image: repository.repositoryUriForTag(imageTag), environment: { ENCODE_TYPE: encodeType } },
      // The model is in the image, so the container needs nobody. A serverless endpoint knows no isolation.
      ...(kind === "realtime" ? { enableNetworkIsolation: true } : {}),
    });
    // The role's policy must be in place before SageMaker pulls the image.
    model.node.addDependency(role.node.findChild("DefaultPolicy"));
    const config = new CfnEndpointConfig(scope, "Config", {
      productionVariants: [
        {
          variantName: VARIANT,
          modelName: model.attrModelName,
          initialVariantWeight: 1,
          ...(kind === "serverless"
            ? { serverlessConfig: { memorySizeInMb: SERVERLESS_MEMORY_MB, maxConcurrency } }
            : { instanceType: instances.type, initialInstanceCount: instances.min }),
        },
      ],
    });
    const endpoint = new CfnEndpoint(scope, "Endpoint", {
      endpointName,
      endpointConfigName: config.attrEndpointConfigName,
      // Else an update, such as a new image, takes back the instances that scaling has added. A serverless endpoint has none.
      ...(kind === "realtime" ? { retainAllVariantProperties: true } : {}),
    });
    endpoint.node.addDependency(log);
    if (kind === "realtime") scaleWithCalls(scope, endpoint, instances);
    return endpoint;
  }

  /**
   * What SageMaker needs to run a container: pull it, and write its metrics (and its log, which each endpoint adds). See "CreateModel
   * API: Execution Role Permissions" of https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html; the log is there already.
   */
  private containerRole(repository: IRepository): Role {
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("sagemaker.amazonaws.com"),
      description: "Runs the encoder containers",
    });
    repository.grantPull(role);
    role.addToPolicy(
      new PolicyStatement({
        actions: ["cloudwatch:PutMetricData"],
        resources: ["*"],
        conditions: { StringEquals: { "cloudwatch:namespace": "/aws/sagemaker/Endpoints" } },
      }),
    );
    accept(role, {
      "IAM5[Resource::*]": "ecr:GetAuthorizationToken and cloudwatch:PutMetricData know no resources; the latter is bound to a namespace.",
    });
    return role;
  }
}

function scaleWithCalls(scope: Construct, endpoint: CfnEndpoint, { min, max }: Size["instances"]): void {
  const target = new ScalableTarget(scope, "Instances", {
    serviceNamespace: ServiceNamespace.SAGEMAKER,
    scalableDimension: "sagemaker:variant:DesiredInstanceCount",
    resourceId: Fn.join("/", ["endpoint", endpoint.attrEndpointName, "variant", VARIANT]),
    minCapacity: min,
    maxCapacity: max,
    role: scalingRole(scope),
  });
  new TargetTrackingScalingPolicy(scope, "Calls", {
    scalingTarget: target,
    targetValue: CALLS_PER_INSTANCE,
    predefinedMetric: PredefinedMetric.SAGEMAKER_VARIANT_INVOCATIONS_PER_INSTANCE,
    scaleInCooldown: Duration.minutes(5),
    scaleOutCooldown: Duration.minutes(1),
  });
}

/**
 * The role that Application Auto Scaling makes itself where it is missing; CDK would make one that may do nothing.
 * https://docs.aws.amazon.com/autoscaling/application/userguide/services-that-can-integrate-sagemaker.html
 */
function scalingRole(scope: Construct): IRole {
  const resource = "role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com";
  const resourceName = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint";
  return Role.fromRoleArn(scope, "ScalingRole", Stack.of(scope).formatArn({ service: "iam", region: "", resource, resourceName }));
}
