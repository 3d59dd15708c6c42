import { App, Stack, Validations } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/config.js";
import { mistakesOf } from "../../test/settings.js";
import { choiceOf, likenessApp } from "../src/likeness-app.js";
import { type EncoderKind, SIZES, type SizeName } from "../src/sizes.js";

const CHOICES = (Object.keys(SIZES) as SizeName[]).flatMap((size) =>
  (["serverless", "realtime"] as const).map((encoder): [SizeName, EncoderKind] => [size, encoder]),
);

/** As docs/settings.md has them: pictures that are decoded at a time, and the most that a pixel of one takes. */
const DECODED_AT_ONCE = 4;
const BYTES_A_PIXEL = 25;
/** What a gateway with a remote encoder takes besides. */
const GATEWAY_BYTES = 500e6;

describe.each(CHOICES)("%s, %s", (size, encoder) => {
  const { app, stack } = likenessApp(() => ({ size, encoder }));
  const template = Template.fromStack(stack);

  test("cdk-nag finds nothing that is not explained", () => {
    expect(() => app.synth()).not.toThrow();
  });

  test("the domain is encrypted, in the VPC, and for the gateway's role alone", () => {
    const [roleId] = Object.keys(
      template.findResources("AWS::IAM::Role", { Properties: { Description: Match.stringLikeRegexp("gateway") } }),
    );
    template.hasResourceProperties("AWS::OpenSearchService::Domain", {
      EncryptionAtRestOptions: { Enabled: true },
      NodeToNodeEncryptionOptions: { Enabled: true },
      DomainEndpointOptions: { EnforceHTTPS: true, TLSSecurityPolicy: Match.stringLikeRegexp("TLS-1-2") },
      VPCOptions: { SubnetIds: Match.anyValue(), SecurityGroupIds: [Match.anyValue()] },
      AccessPolicies: {
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: { "Fn::GetAtt": [roleId, "Arn"] } },
            Action: ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut", "es:ESHttpDelete"],
          },
        ],
      },
      LogPublishingOptions: {
        SEARCH_SLOW_LOGS: { Enabled: true },
        INDEX_SLOW_LOGS: { Enabled: true },
        ES_APPLICATION_LOGS: { Enabled: true },
      },
    });
  });

  test("two endpoints of one image, for texts and for pictures", () => {
    const models = Object.values(template.findResources("AWS::SageMaker::Model")).map(({ Properties }) => Properties.PrimaryContainer);
    expect(models.map(({ Environment }) => Environment.ENCODE_TYPE).sort()).toEqual(["IMAGE", "TEXT"]);
    expect(models[0].Image).toEqual(models[1].Image);
    expect(JSON.stringify(models[0].Image)).toContain(":encoder-");
    template.resourceCountIs("AWS::SageMaker::Endpoint", 2);
    const endpoints = Object.values(template.findResources("AWS::SageMaker::Endpoint")).map(({ Properties }) => Properties);
    const retained = encoder === "realtime" ? true : undefined;
    expect(endpoints.map(({ RetainAllVariantProperties }) => RetainAllVariantProperties)).toEqual([retained, retained]);
    const variant =
      encoder === "serverless"
        ? { ServerlessConfig: { MemorySizeInMB: 6144, MaxConcurrency: 5 * SIZES[size].gateway.maxTasks } }
        : { InstanceType: SIZES[size].instances.type, InitialInstanceCount: SIZES[size].instances.min };
    template.allResourcesProperties("AWS::SageMaker::EndpointConfig", { ProductionVariants: [Match.objectLike(variant)] });
    const scaled = template.findResources("AWS::ApplicationAutoScaling::ScalableTarget", { Properties: { ServiceNamespace: "sagemaker" } });
    expect(Object.keys(scaled)).toHaveLength(encoder === "realtime" ? 2 : 0);
    // By the service's own role: another would need permissions that nobody gives it.
    for (const { Properties } of Object.values(scaled)) {
      expect(JSON.stringify(Properties.RoleARN)).toContain(
        ":role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
      );
    }
    expect(JSON.stringify(template.findResources("AWS::IAM::Role"))).not.toContain("application-autoscaling");
  });

  test("what is named for a whole account bears the stack's name, so that there may be several stacks", () => {
    for (const [type, property] of [
      ["AWS::OpenSearchService::Domain", "DomainName"],
      ["AWS::SageMaker::Endpoint", "EndpointName"],
      ["AWS::Logs::ResourcePolicy", "PolicyName"],
      ["AWS::CloudWatch::Dashboard", "DashboardName"],
    ] as const) {
      const names = Object.values(template.findResources(type)).map(({ Properties }) => JSON.stringify(Properties[property]));
      expect(names, type).not.toEqual([]);
      for (const name of names) expect(name, type).toContain("AWS::StackName");
    }
  });

  test("a task has memory for as many of the largest pictures as are decoded at a time, and for all bodies", () => {
    const [task] = Object.values(template.findResources("AWS::ECS::TaskDefinition"));
    const environment: { Name: string; Value: string }[] = task?.["Properties"].ContainerDefinitions[0].Environment;
    const pixels = Number(environment.find(({ Name }) => Name === "LIKENESS_MAX_IMAGE_PIXELS")?.Value);
    expect(pixels).toBeGreaterThan(0);
    // They come in bodies, which are held meanwhile.
    const { LIKENESS_MAX_BODIES_BYTES } = loadConfig({});
    const most = DECODED_AT_ONCE * BYTES_A_PIXEL * pixels + LIKENESS_MAX_BODIES_BYTES + GATEWAY_BYTES;
    expect(Number(task?.["Properties"].Memory) * 2 ** 20).toBeGreaterThan(most);
  });

  test("SageMaker may do with the log of each endpoint what its documentation asks for", () => {
    const logs = Object.keys(template.findResources("AWS::Logs::LogGroup", { Properties: { LogGroupName: Match.anyValue() } }));
    expect(logs).toHaveLength(2);
    for (const log of logs) {
      template.hasResourceProperties("AWS::IAM::Policy", {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
              Resource: Match.arrayWith([{ "Fn::GetAtt": [log, "Arn"] }]),
            }),
          ]),
        },
      });
    }
  });

  test("the gateway is told where all is, and its secrets come from Secrets Manager", () => {
    template.hasResourceProperties("AWS::ECS::TaskDefinition", {
      RuntimePlatform: { CpuArchitecture: "X86_64" },
      ContainerDefinitions: [
        Match.objectLike({
          ReadonlyRootFilesystem: true,
          Environment: Match.arrayWith([
            { Name: "LIKENESS_INDEX", Value: "opensearch" },
            { Name: "LIKENESS_ENCODER", Value: "sagemaker" },
          ]),
          Secrets: [
            { Name: "LIKENESS_CURSOR_SECRET", ValueFrom: { Ref: Match.stringLikeRegexp("CursorSecret") } },
            { Name: "LIKENESS_WRITE_KEYS", ValueFrom: { Ref: Match.stringLikeRegexp("WriteKey") } },
          ],
        }),
      ],
    });
    const [task] = Object.values(template.findResources("AWS::ECS::TaskDefinition"));
    const environment: { Name: string; Value: unknown }[] = task?.["Properties"].ContainerDefinitions[0].Environment;
    const settings = environment.map(({ Name, Value }) => [Name, typeof Value === "string" ? Value : "known at deployment"]);
    expect(environment).toContainEqual({ Name: "LIKENESS_PUBLIC_URL", Value: { Ref: "PublicUrl" } });
    for (const LIKENESS_PUBLIC_URL of ["", "https://search.shop.example"]) {
      expect(mistakesOf({ ...Object.fromEntries(settings), LIKENESS_PUBLIC_URL })).toEqual([]);
    }
  });

  test("the gateway has room for catalogues, in the two folders it may write to", () => {
    const mount = (name: string, path: string) => ({ SourceVolume: name, ContainerPath: path, ReadOnly: false });
    template.hasResourceProperties("AWS::ECS::TaskDefinition", {
      EphemeralStorage: { SizeInGiB: 50 },
      Volumes: [{ Name: "tmp" }, { Name: "data" }],
      ContainerDefinitions: [Match.objectLike({ MountPoints: [mount("tmp", "/tmp"), mount("data", "/data")] })],
    });
  });

  test("the gateway may call these endpoints and no other", () => {
    const endpoints = Object.keys(template.findResources("AWS::SageMaker::Endpoint"));
    template.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: "sagemaker:InvokeEndpoint", Resource: endpoints.map((id) => ({ Ref: id })) }),
        ]),
      },
    });
  });

  test("pictures and uploaded catalogues are in one bucket, of which catalogues do not stay", () => {
    const [bucket] = Object.keys(template.findResources("AWS::S3::Bucket"));
    const values = ["LIKENESS_PICTURES_BUCKET", "LIKENESS_IMPORTS_BUCKET"].map((Name) => ({ Name, Value: { Ref: bucket } }));
    template.hasResourceProperties("AWS::ECS::TaskDefinition", {
      ContainerDefinitions: [Match.objectLike({ Environment: Match.arrayWith(values) })],
    });
    template.hasResourceProperties("AWS::S3::Bucket", {
      LifecycleConfiguration: { Rules: [Match.objectLike({ Prefix: "imports/", ExpirationInDays: 30 })] },
    });
    // What a first deployment that failed made goes with it; nothing of it could be named by the next.
    template.hasResource("AWS::S3::Bucket", { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" });
    const under = (prefix: string) => ({ "Fn::Join": ["", [{ "Fn::GetAtt": [bucket, "Arn"] }, prefix]] });
    template.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"],
            Resource: [under("/pictures/*"), under("/imports/*")],
          }),
        ]),
      },
    });
  });

  test("tasks have no public address and scale by CPU and by requests", () => {
    template.hasResourceProperties("AWS::ECS::Service", {
      LaunchType: "FARGATE",
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: "DISABLED" } },
      DeploymentConfiguration: { DeploymentCircuitBreaker: { Enable: true, Rollback: true } },
    });
    const { minTasks, maxTasks } = SIZES[size].gateway;
    template.hasResourceProperties("AWS::ApplicationAutoScaling::ScalableTarget", {
      ServiceNamespace: "ecs",
      MinCapacity: minTasks,
      MaxCapacity: maxTasks,
    });
    for (const metric of ["ECSServiceAverageCPUUtilization", "ALBRequestCountPerTarget"]) {
      template.hasResourceProperties("AWS::ApplicationAutoScaling::ScalingPolicy", {
        TargetTrackingScalingPolicyConfiguration: { PredefinedMetricSpecification: { PredefinedMetricType: metric } },
      });
    }
  });

  test("only the range that is asked for reaches the load balancer", () => {
    const rules = [
      ...Object.values(template.findResources("AWS::EC2::SecurityGroup")).flatMap(
        ({ Properties }) => Properties.SecurityGroupIngress ?? [],
      ),
      ...Object.values(template.findResources("AWS::EC2::SecurityGroupIngress")).map(({ Properties }) => Properties),
    ];
    const byAddress = rules.filter(({ CidrIp, CidrIpv6 }) => CidrIp ?? CidrIpv6);
    expect(byAddress).toEqual([expect.objectContaining({ CidrIp: { Ref: "AllowedCidr" } })]);
    template.hasParameter("AllowedCidr", { Default: Match.absent() });
  });

  test("every log ends after a month", () => {
    template.allResourcesProperties("AWS::Logs::LogGroup", { RetentionInDays: 30 });
    template.allResources("AWS::Logs::LogGroup", { DeletionPolicy: "Delete" });
  });

  test("every alarm tells the topic, and the dashboard shows them", () => {
    const topic = Object.keys(template.findResources("AWS::SNS::Topic"));
    template.allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: [{ Ref: topic[0] }], AlarmDescription: Match.anyValue() });
    template.hasResourceProperties("AWS::SNS::TopicPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: "Allow",
            Action: "sns:Publish",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Resource: { Ref: topic[0] },
            Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
          }),
        ]),
      },
    });
    template.resourceCountIs("AWS::CloudWatch::Alarm", 12);
    template.resourceCountIs("AWS::CloudWatch::Dashboard", 1);
  });

  test("a gateway that answers errors by GraphQL, and none at all, are alarms too: neither is a 5xx of the gateway", () => {
    const [task] = Object.values(template.findResources("AWS::ECS::TaskDefinition"));
    const group = task?.["Properties"].ContainerDefinitions[0].LogConfiguration.Options["awslogs-group"];
    const errors = { MetricName: "GatewayErrors", Namespace: { "Fn::Join": ["/", ["Likeness", { Ref: "AWS::StackName" }]] } };
    template.hasResourceProperties("AWS::Logs::MetricFilter", {
      LogGroupName: group,
      FilterPattern: "{ $.level >= 50 }",
      MetricTransformations: [Match.objectLike({ MetricName: errors.MetricName, MetricNamespace: errors.Namespace, MetricValue: "1" })],
    });
    template.hasResourceProperties("AWS::CloudWatch::Alarm", { ...errors, TreatMissingData: "notBreaching" });
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      MetricName: "HealthyHostCount",
      Threshold: 0,
      ComparisonOperator: "LessThanOrEqualToThreshold",
      TreatMissingData: "breaching",
    });
  });

  test("nothing runs code of CDK's own, so no account needs to be bootstrapped", () => {
    template.resourceCountIs("AWS::Lambda::Function", 0);
    expect(JSON.stringify(template.toJSON())).not.toMatch(/Custom::|cdk-bootstrap|cdk-hnb659fds/);
  });
});

test.each([
  ["small", "1", "0"],
  ["medium", "1", "1"],
  ["large", "2", "1"],
] as const)("the shards of a %s shop and their copies use every data node", (size, shards, replicas) => {
  Template.fromStack(likenessApp(() => ({ size })).stack).hasResourceProperties("AWS::ECS::TaskDefinition", {
    ContainerDefinitions: [
      Match.objectLike({
        Environment: Match.arrayWith([
          { Name: "LIKENESS_OPENSEARCH_SHARDS", Value: shards },
          { Name: "LIKENESS_OPENSEARCH_REPLICAS", Value: replicas },
        ]),
      }),
    ],
  });
});

test("a public URL is optional, and else a scheme and a host without a path", () => {
  const { PublicUrl } = Template.fromStack(likenessApp(() => ({ size: "small" })).stack).findParameters("PublicUrl");
  expect(PublicUrl).toMatchObject({ Type: "String", Default: "" });
  // CloudFormation compares the whole value.
  const allowed = new RegExp(`^(?:${PublicUrl?.["AllowedPattern"]})$`);
  for (const value of ["", "https://search.shop.example", "http://10.0.0.1:8080"]) expect(value).toMatch(allowed);
  for (const value of ["search.shop.example", "https://search.shop.example/", "ftp://shop.example", "https://"]) {
    expect(value).not.toMatch(allowed);
  }
});

test("cdk-nag does look: an open bucket does not pass", () => {
  const app = new App({ analyticsReporting: false });
  new Bucket(new Stack(app, "open"), "Bucket");
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).toThrow("AwsSolutions-S10");
});

test.each([{ size: "tiny" }, { encoder: "gpu" }])("a choice that there is not is refused: %o", (context) => {
  expect(() => choiceOf(new App({ context }))).toThrow(/give/);
});
