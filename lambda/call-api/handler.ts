import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { sqsFailedEvents } from './failed-events.ts';
import { createHandler } from './invocation.ts';
import { METRICS_NAMESPACE, SERVICE } from './metrics.ts';
import { ApiKey } from './secret.ts';
import { secretsManagerStore } from './secrets-manager.ts';
import { readSettings } from './settings.ts';
import { systemTime } from './time.ts';

/** Without it an AWS call that hangs would take the whole invocation. */
const AWS_CALL = { requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000 }, maxAttempts: 3 };

const settings = readSettings(process.env);
const tracer = new Tracer({ serviceName: SERVICE });

/** Lambda's entry point, for events that EventBridge sends. */
export const handler = createHandler({
  api: settings.api,
  key: new ApiKey(
    settings.secret,
    secretsManagerStore(tracer.captureAWSv3Client(new SecretsManagerClient(AWS_CALL))),
  ),
  idempotencyStore: new DynamoDBPersistenceLayer({
    tableName: settings.idempotencyTable,
    awsSdkV3Client: tracer.captureAWSv3Client(new DynamoDBClient(AWS_CALL)),
  }),
  idempotencySeconds: settings.idempotencySeconds,
  failedEvents: sqsFailedEvents(
    tracer.captureAWSv3Client(new SQSClient(AWS_CALL)),
    settings.failedEventsQueueUrl,
  ),
  time: systemTime,
  logger: new Logger({ serviceName: SERVICE, logLevel: settings.logLevel }),
  emf: new Metrics({ namespace: METRICS_NAMESPACE, serviceName: SERVICE }),
  tracer,
});
