import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Handler } from '../../lambda/call-api/invocation.ts';
import { ApiServer, status } from '../lambda/call-api/api-server.ts';
import { sample } from '../lambda/call-api/harness.ts';
import { type Emulator, startEmulator } from './emulator.ts';

const TABLE = 'idempotency';
const SECRET = 'call-api/key';

describe('the downstream function as it is deployed, with the AWS SDK against an emulator', () => {
  const api = new ApiServer();
  let emulator: Emulator;
  let handler: Handler;
  let dynamodb: DynamoDBClient;
  let secrets: SecretsManagerClient;
  let sqs: SQSClient;
  let queueUrl: string;

  beforeAll(async () => {
    emulator = await startEmulator();
    const settings = {
      endpoint: emulator.endpoint,
      region: emulator.region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    dynamodb = new DynamoDBClient(settings);
    secrets = new SecretsManagerClient(settings);
    sqs = new SQSClient(settings);
    await dynamodb.send(
      new CreateTableCommand({
        TableName: TABLE,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await secrets.send(new CreateSecretCommand({ Name: SECRET, SecretString: '{"key":"first-canary"}' }));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'failed-events' }));
    queueUrl = QueueUrl;

    const env = {
      ...emulator.environment,
      API_URL: `${await api.start()}/conversations/{detail.conversation.id}`,
      API_BODY: 'detail.conversation.changes',
      API_ATTEMPTS: '1',
      API_SECRET_ID: SECRET,
      API_SECRET_FIELD: 'key',
      API_SECRET_SCHEME: 'Bearer',
      IDEMPOTENCY_TABLE: TABLE,
      FAILED_EVENTS_QUEUE_URL: queueUrl,
      AWS_LAMBDA_FUNCTION_NAME: 'call-api',
    };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    handler = (await import('../../lambda/call-api/handler.ts')).handler;
  });

  afterAll(async () => {
    vi.unstubAllEnvs();
    await api.stop();
    await emulator?.stop();
  });

  beforeEach(() => {
    api.received.length = 0;
    api.replies(status(204));
  });

  it('calls the API once with the key, however often the event comes', async () => {
    await handler(sample('call connected'), context());
    await handler(sample('call connected'), context());
    expect(api.received).toMatchObject([
      {
        method: 'POST',
        url: expect.stringMatching(/^\/conversations\/[0-9a-f-]{36}$/),
        headers: { authorization: 'Bearer first-canary' },
        body: '["queue.left","agent.connected"]',
      },
    ]);
  });

  it('leaves in the table a hash, a state and times, and in time to live more than a week', async () => {
    const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: TABLE }));
    expect(Items).toHaveLength(1);
    expect(Items[0]).toMatchObject({
      id: { S: expect.stringMatching(/^call-api#[A-Za-z0-9+/]{43}=$/) },
      status: { S: 'COMPLETED' },
      data: { S: 'delivered' },
    });
    expect(Number(Items[0]?.['expiration']?.N)).toBeGreaterThan(Date.now() / 1000 + 7 * 86_400);
  });

  it('puts what the API refuses into the queue, and takes it again after', async () => {
    api.replies(status(422), status(200));
    const event = sample('call held');
    await handler(event, context());
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
    expect(Messages.map(({ Body = '' }) => JSON.parse(Body))).toEqual([
      { event, reason: { code: 'ApiRefused', message: 'the API answered 422', status: 422, attempts: 1 } },
    ]);
    await handler(event, context());
    await handler(event, context());
    expect(api.received).toHaveLength(2);
  });

  it('takes up a rotated key when the API refuses the old one', async () => {
    await secrets.send(
      new PutSecretValueCommand({ SecretId: SECRET, SecretString: '{"key":"second-canary"}' }),
    );
    api.replies(status(401), status(200));
    await handler(sample('call ended'), context());
    expect(api.received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first-canary',
      'Bearer second-canary',
    ]);
  });

  it('throws what failed for now, and delivers it when Lambda tries again', async () => {
    api.replies(status(503), status(200));
    const event = sample('call retrieved');
    await expect(handler(event, context())).rejects.toMatchObject({ name: 'ApiUnavailable' });
    await handler(event, context());
    expect(api.received).toHaveLength(2);
  });
});

function context(): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'call-api',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:ap-northeast-1:000000000000:function:call-api',
    memoryLimitInMB: '256',
    awsRequestId: '99999999-aaaa-4bbb-8ccc-000000000001',
    logGroupName: '/aws/lambda/call-api',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => 40_000,
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
