import { CfnResource, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  type IPrincipal,
  type IRole,
  OrganizationPrincipal,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { ConsumersConfig } from './config.ts';

/** Where the listener puts them in the bucket. */
const PAYLOADS = 'payloads/*';

export interface PayloadBucketProps {
  readonly consumers: ConsumersConfig;
  /** After so many days a body is deleted. */
  readonly days: number;
}

/** Bodies that are too large for an event; the event says where (`bridge.payloadRef`). Who may have a rule may read them. */
export class PayloadBucket extends Construct {
  readonly bucketName: string;
  readonly #bucket: Bucket;

  constructor(scope: Construct, id: string, { consumers, days }: PayloadBucketProps) {
    super(scope, id);
    this.#bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      lifecycleRules: [
        {
          id: 'Forget',
          expiration: Duration.days(days),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      // CloudFormation deletes no bucket that holds anything. Left behind, this one empties itself.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.bucketName = this.#bucket.bucketName;
    for (const account of consumers.accounts)
      this.#letRead(`Account${account}`, new AccountPrincipal(account));
    if (consumers.organisation !== undefined)
      this.#letRead('Organisation', new OrganizationPrincipal(consumers.organisation));
    Validations.of(this.#bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'An access log would be a second bucket to keep, for bodies that live for days; CloudTrail data events tell who read which, where that must be known.',
    });
  }

  /** Lets a listener put bodies; none of them can be read or deleted with it. */
  grantPut(listener: IRole): void {
    listener.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['s3:PutObject'], resources: [this.#bucket.arnForObjects(PAYLOADS)] }),
    );
    const resource = this.#bucket.node.defaultChild;
    if (!CfnResource.isCfnResource(resource)) return;
    Validations.of(listener).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${Stack.of(this).getLogicalId(resource)}.Arn>/${PAYLOADS}]`,
      reason: 'It may put any body into the one bucket, and neither read nor delete one.',
    });
  }

  #letRead(sid: string, principal: IPrincipal): void {
    this.#bucket.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: [principal],
        actions: ['s3:GetObject'],
        resources: [this.#bucket.arnForObjects(PAYLOADS)],
      }),
    );
  }
}
