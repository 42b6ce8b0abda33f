import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseStackConfig } from '../../lib/config.ts';
import { RELAY_TIMES } from '../../lib/relay-definition.ts';
import { ConfigError, readConfig } from '../../listener/config.ts';
import { NETWORKS, onlyResource, resourcesOf, statementsOf, templateOf } from './synthesis.ts';

const template = templateOf({ shape: 'relay' });
const NAME = 'conversation-bridge-listener-0';

const functions = Object.values(resourcesOf(template, 'AWS::Lambda::Function'));
const listener = z
  .looseObject({
    FunctionName: z.string(),
    Timeout: z.number(),
    Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
  })
  .parse(functions.find(({ Properties }) => Properties['FunctionName'] === NAME)?.Properties);

const state = z.looseObject({
  Type: z.string(),
  Next: z.string().optional(),
  Catch: z.array(z.looseObject({ ErrorEquals: z.array(z.string()), Next: z.string() })).optional(),
});
const { DefinitionString } = z
  .looseObject({ DefinitionString: z.string() })
  .parse(onlyResource(template, 'AWS::StepFunctions::StateMachine').Properties);
const definition = z
  .object({ StartAt: z.string(), States: z.record(z.string(), state) })
  .parse(JSON.parse(DefinitionString));

const policies = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).map(({ Properties }) =>
  statementsOf(Properties['PolicyDocument']),
);
const policyWith = (action: string) =>
  policies.find((statements) => statements.some(({ Action }) => Action.includes(action))) ?? [];

describe('the function that is the listener', () => {
  it('has an environment that the listener takes, with time to hand over before it is ended', () => {
    const environment = Object.fromEntries(
      Object.entries(listener.Environment.Variables).map(([name, value]) => [
        name,
        typeof value === 'string'
          ? value
          : name.endsWith('_URL')
            ? 'https://sqs.invalid/queue'
            : 'named-later',
      ]),
    );
    const config = readConfig({ ...environment, AWS_REGION: 'ap-northeast-1' });
    expect(config.storage.state).toEqual({ in: 'table', table: 'named-later' });
    expect(config.timing.handoverMs).toBe(90_000);
    expect(listener.Timeout * 1_000).toBeGreaterThan(5 * config.timing.handoverMs);
    expect(Object.keys(environment)).not.toContain('AWS_REGION');
  });

  it('is invoked by the state machine alone, which knows when to try again', () => {
    const configurations = Object.values(resourcesOf(template, 'AWS::Lambda::EventInvokeConfig'));
    expect(configurations.map(({ Properties }) => Properties)).toContainEqual(
      expect.objectContaining({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }),
    );
    template.resourceCountIs('AWS::Lambda::Permission', 0);
  });

  it('may do what the container may, write its own log, and call back its own state machine', () => {
    const statements = policyWith('states:SendTaskSuccess');
    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual([
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'events:PutEvents',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:PutObject',
      'secretsmanager:GetSecretValue',
      'sqs:SendMessage',
      'states:SendTaskFailure',
      'states:SendTaskHeartbeat',
      'states:SendTaskSuccess',
    ]);
    const callback = statements.find(({ Action }) => Action.includes('states:SendTaskSuccess'));
    expect(JSON.stringify(callback?.Resource)).toContain(`:stateMachine:${NAME}"`);
  });
});

describe('the state machine', () => {
  it('may start this function and itself, and see itself run', () => {
    const statements = policyWith('lambda:InvokeFunction');
    expect(statements.map(({ Action }) => Action)).toEqual([
      ['lambda:InvokeFunction'],
      ['states:ListExecutions', 'states:StartExecution'],
    ]);
    expect(JSON.stringify(statements[0]?.Resource)).not.toContain(':*');
    expect(JSON.stringify(statements[1]?.Resource)).toContain(`:stateMachine:${NAME}"`);
  });

  it('does not wait for the invocation, and takes silence for death', () => {
    expect(definition.States['Relay']).toMatchObject({
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: NAME, InvocationType: 'Event' },
      HeartbeatSeconds: RELAY_TIMES.heartbeat,
      TimeoutSeconds: listener.Timeout,
    });
  });

  it('ends by itself for no error: whatever fails, it goes on', () => {
    for (const [name, { Type, Catch }] of Object.entries(definition.States))
      if (Type === 'Task') expect(Catch?.at(-1)?.ErrorEquals, name).toEqual(['States.ALL']);
    expect(Object.values(definition.States).map(({ Type }) => Type)).not.toContain('Fail');
  });

  it('is renewed long before its history is full, whatever happens at each turn', () => {
    // Of a turn: looking, choosing, the relay, a pause; each entered and left, tasks scheduled, started and ended besides.
    expect(RELAY_TIMES.turns * 20).toBeLessThan(25_000 / 5);
  });

  it('is started by a schedule that may do nothing else', () => {
    const schedule = onlyResource(template, 'AWS::Scheduler::Schedule').Properties;
    expect(schedule).toMatchObject({ Name: NAME, ScheduleExpression: 'rate(2 minutes)', State: 'ENABLED' });
    const rights = policies.filter((statements) =>
      statements.some(({ Action }) => Action.includes('states:StartExecution') && Action.length === 1),
    );
    expect(rights).toHaveLength(1);
    expect(rights[0]).toHaveLength(1);
  });
});

describe('the relayed shape', () => {
  it('has two chains of relays to a function where a standby is wanted', () => {
    const machines = Object.values(
      resourcesOf(templateOf({ shape: 'relay', standby: true }), 'AWS::StepFunctions::StateMachine'),
    );
    expect(machines.map(({ Properties }) => Properties['StateMachineName'])).toEqual([
      NAME,
      `${NAME}-standby`,
    ]);
    const names = machines.map(
      ({ Properties }) => /"FunctionName":"([^"]+)"/.exec(String(Properties['DefinitionString']))?.[1],
    );
    expect(new Set(names)).toEqual(new Set([NAME]));
  });

  it.each(['private', 'existing'] as const)('takes no %s network, and says so', (network) => {
    expect(() => parseStackConfig({ shape: 'relay', network: NETWORKS[network] })).toThrow(ConfigError);
  });

  it('is one of two', () => {
    expect(() => parseStackConfig({ shape: 'ecs' })).toThrow(/shape: "ecs" is not one of fargate, relay/);
    expect(parseStackConfig({}).shape).toBe('fargate');
  });
});
