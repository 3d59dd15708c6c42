import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { type IRole, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { accept } from "./accept.js";

/** The gateway's own defaults of `LIKENESS_PICTURES_PREFIX` and `LIKENESS_IMPORTS_PREFIX`. */
const PICTURES = "pictures/";
const IMPORTS = "imports/";

/**
 * The bounded copies of product pictures, which the gateway writes and serves, and uploaded catalogues, which every task finds here
 * while they are imported. Nobody else reads the bucket.
 */
export class FileStore extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { role }: { role: IRole }) {
    super(scope, id);
    this.bucket = new Bucket(this, "Bucket", {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      // CloudFormation cannot delete a bucket that has something in it; docs/deploying.md does by a command of its own. That of a
      // first deployment that fails is empty, and goes.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      // The gateway removes a catalogue once its import has ended; these are what a crash leaves.
      lifecycleRules: [{ prefix: IMPORTS, expiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"],
        resources: [PICTURES, IMPORTS].map((prefix) => this.bucket.arnForObjects(`${prefix}*`)),
      }),
    );
    // Without it S3 answers 403 instead of 404 for a file that is not there.
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ["s3:ListBucket"], resources: [this.bucket.bucketArn] }));
    const bucketId = Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnBucket);
    accept(role, {
      [`IAM5[Resource::<${bucketId}.Arn>/${PICTURES}*]`]: "All copies of pictures.",
      [`IAM5[Resource::<${bucketId}.Arn>/${IMPORTS}*]`]: "All uploaded catalogues, and nothing else in the bucket.",
    });
    accept(this.bucket, { S1: "The gateway alone reads the bucket and logs every request itself." });
  }
}
