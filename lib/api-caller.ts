import { join } from 'node:path';
import { CfnResource, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type ApiConfig, apiEnvironment } from './api-environment.ts';
import { conversationPattern } from './conversation-pattern.ts';
import { EmptySecret } from './empty-secret.ts';
import { LAMBDA_BUNDLING } from './lambda-bundling.ts';

const ROOT = join(import.meta.dirname, '..');
/** Beyond its calls: start, secret, table, queue, and the waits between attempts. Seconds. */
const TIME_BESIDES_CALLS = 30;
const LONGEST_TIMEOUT = 900;

export interface ApiCallerProps {
  /** Prefix of the names of what is made. */
  readonly name: string;
  readonly bus: EventBus;
  readonly api: ApiConfig;
  readonly logRetention: RetentionDays;
}

/**
 * A consumer, as another team might write it: a rule on the conversation block, a function that is idempotent by
 * `detail.bridge.eventId`, and one queue for all that came to nothing, wherever on the way.
 */
export class ApiCaller extends Construct {
  readonly function: NodejsFunction;
  readonly rule: Rule;
  readonly failedEvents: Queue;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, { name, bus, api, logRetention }: ApiCallerProps) {
    super(scope, id);
    this.failedEvents = new Queue(this, 'FailedEvents', {
      queueName: `${name}-call-api-failed`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const processed = new Table(this, 'ProcessedEvents', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiration',
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/${name}/call-api`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const secretName = api.secret?.name ?? `${name}/api`;
    this.function = new NodejsFunction(this, 'Function', {
      functionName: `${name}-call-api`,
      description: 'Calls the API for each conversation update that the rule lets through',
      entry: join(ROOT, 'lambda/call-api/handler.ts'),
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      projectRoot: ROOT,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.seconds(
        Math.min(LONGEST_TIMEOUT, api.attempts * api.timeoutSeconds + TIME_BESIDES_CALLS),
      ),
      environment: {
        ...apiEnvironment(api, {
          idempotencyTable: processed.tableName,
          failedEventsQueueUrl: this.failedEvents.queueUrl,
          secretId: secretName,
        }),
        NODE_OPTIONS: '--enable-source-maps',
      },
      bundling: LAMBDA_BUNDLING,
      logGroup: this.logGroup,
      tracing: Tracing.ACTIVE,
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: new SqsDestination(this.failedEvents),
      ...(api.maxConcurrency === undefined ? {} : { reservedConcurrentExecutions: api.maxConcurrency }),
    });
    this.failedEvents.grantSendMessages(this.function);
    this.function.addToRolePolicy(
      new PolicyStatement({
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
        resources: [processed.tableArn],
      }),
    );
    if (api.secret !== undefined)
      new EmptySecret(this, 'Secret', { secretName, description: 'Key of the API that is called' }).grantRead(
        this.function,
      );
    this.rule = new Rule(this, 'Rule', {
      eventBus: bus,
      ruleName: `${name}-call-api`,
      description: 'Conversation updates that the API is called for',
      eventPattern: conversationPattern(api.match),
      targets: [new LambdaFunction(this.function, { deadLetterQueue: this.failedEvents })],
    });
    if (api.replays === 'skip') this.#leaveOutReplays();
    this.#acknowledge(processed);
  }

  /** EventBridge names the replay in each event that it replays. The construct library's patterns don't know that member. */
  #leaveOutReplays(): void {
    const resource = this.rule.node.defaultChild;
    if (!CfnResource.isCfnResource(resource)) throw new Error('a rule without its resource');
    resource.addPropertyOverride('EventPattern.replay-name', [{ exists: false }]);
  }

  #acknowledge(processed: Table): void {
    const resource = this.function.node.defaultChild;
    // The construct library has the function wait for its role in so many words, though it refers to it anyway.
    if (CfnResource.isCfnResource(resource))
      resource.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
    Validations.of(this.function).acknowledge(
      {
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
        reason: 'It allows writing logs and nothing else.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'xray:PutTraceSegments and PutTelemetryRecords take no other resource.',
      },
    );
    Validations.of(this.failedEvents).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue.',
    });
    Validations.of(processed).acknowledge({
      id: 'AwsSolutions-DDB3',
      reason: 'It holds hashes of what has been done, for some days. Restoring an old state would be wrong.',
    });
  }
}
