import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSettings } from '../../lambda/call-api/settings.ts';
import { API, onlyResource, queueId, resourcesOf, statementsOf, templateOf } from './synthesis.ts';

const template = templateOf({ api: { ...API, attempts: 4, timeoutSeconds: 20, idempotencyDays: 40 } });
const lambda = onlyResource(template, 'AWS::Lambda::Function', 'ApiCaller').Properties;
const queue = queueId(template, 'call-api-failed');
const queueArn = { 'Fn::GetAtt': [queue, 'Arn'] };

describe('the function that calls the API', () => {
  it('has an environment that it takes itself', () => {
    const { Variables } = z
      .object({ Variables: z.record(z.string(), z.unknown()) })
      .parse(lambda['Environment']);
    const resolved = Object.fromEntries(
      Object.entries(Variables).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : name.endsWith('URL') ? 'https://sqs.invalid/queue' : 'resolved',
      ]),
    );
    expect(readSettings(resolved)).toMatchObject({
      api: { attempts: 4, timeoutMs: 20_000 },
      secret: { id: 'conversation-bridge/api' },
      idempotencySeconds: 3_456_000,
    });
  });

  it('runs on Node.js 24 and arm64, traced, with source maps', () => {
    expect(lambda).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps' } },
    });
  });

  it('may run longer than all of its attempts', () => {
    expect(z.number().parse(lambda['Timeout'])).toBeGreaterThan(4 * 20);
  });

  it('loses nothing: what it fails at, and what can’t reach it, goes to the queue', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      DestinationConfig: { OnFailure: { Destination: queueArn } },
      MaximumRetryAttempts: 2,
    });
    const rules = Object.values(resourcesOf(template, 'AWS::Events::Rule'));
    expect(rules.map(({ Properties }) => Properties['Targets'])).toContainEqual([
      expect.objectContaining({ DeadLetterConfig: { Arn: queueArn } }),
    ]);
    expect(resourcesOf(template, 'AWS::SQS::Queue')[queue]?.Properties).toMatchObject({
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    });
  });

  it('may touch its own table, queue and secret, and nothing else', () => {
    const table = Object.keys(resourcesOf(template, 'AWS::DynamoDB::Table')).find((id) =>
      id.startsWith('ApiCaller'),
    );
    const own = Object.values(resourcesOf(template, 'AWS::IAM::Policy'))
      .map(({ Properties }) => statementsOf(Properties['PolicyDocument']))
      .find((statements) => JSON.stringify(statements).includes(`"${table}"`));
    const byService = Object.fromEntries(
      (own ?? []).map(({ Action, Resource }) => [Action[0]?.split(':')[0], JSON.stringify(Resource)]),
    );
    expect(byService).toEqual({
      xray: '"*"',
      sqs: JSON.stringify(queueArn),
      dynamodb: JSON.stringify({ 'Fn::GetAtt': [table, 'Arn'] }),
      secretsmanager: expect.stringMatching(/^\{"Ref":"ApiCallerSecret/),
    });
    expect((own ?? []).flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
  });

  it('remembers what is done in a table that forgets by itself', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
      BillingMode: 'PAY_PER_REQUEST',
    });
  });

  it('is limited in concurrency only when that is configured', () => {
    expect(lambda['ReservedConcurrentExecutions']).toBeUndefined();
    const limited = templateOf({ api: { ...API, maxConcurrency: 3 } });
    expect(
      onlyResource(limited, 'AWS::Lambda::Function', 'ApiCaller').Properties['ReservedConcurrentExecutions'],
    ).toBe(3);
  });

  it('has neither secret nor right to one when the API needs none', () => {
    const open = templateOf({ api: { url: API.url } });
    expect(
      Object.values(resourcesOf(open, 'AWS::SecretsManager::Secret')).map(
        ({ Properties }) => Properties['Name'],
      ),
    ).toEqual(['conversation-bridge/genesys']);
  });
});

describe('its rule', () => {
  const patternOf = (match: Readonly<Record<string, unknown>>, replays = 'once') =>
    Object.values(resourcesOf(templateOf({ api: { ...API, match, replays } }), 'AWS::Events::Rule'))
      .map(({ Properties }) => Properties['EventPattern'])
      .find((pattern) => JSON.stringify(pattern).includes('Conversation Updated'));

  it('takes every conversation update when nothing is to match', () => {
    expect(patternOf({})).toEqual({
      source: ['conversation-bridge'],
      'detail-type': ['Conversation Updated'],
    });
  });

  it('takes replayed events as well, unless they are to be left out', () => {
    expect(patternOf({})).not.toHaveProperty('replay-name');
    expect(patternOf({ mediaTypes: ['voice'] }, 'skip')).toEqual({
      source: ['conversation-bridge'],
      'detail-type': ['Conversation Updated'],
      'replay-name': [{ exists: false }],
      detail: { conversation: { mediaTypes: ['voice'] } },
    });
  });

  it('matches on the conversation block', () => {
    expect(
      patternOf({ mediaTypes: ['voice'], states: ['queued'], changes: ['queue.entered'], queueIds: ['q'] }),
    ).toMatchObject({
      detail: {
        conversation: {
          mediaTypes: ['voice'],
          state: ['queued'],
          changes: ['queue.entered'],
          queueIds: ['q'],
        },
      },
    });
  });
});
