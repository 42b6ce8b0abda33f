import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import {
  API,
  allResources,
  bridgeStack,
  NETWORKS,
  resourcesOf,
  statementsOf,
  templateOf,
} from './synthesis.ts';

const SHARDS = {
  'one shard': {},
  'three shards, each with a standby': {
    standby: true,
    shards: [
      { name: 'sales', topics: ['queue:Sales'] },
      { name: 'support', topics: ['queue:Support'] },
      { name: 'users', topics: ['user:a@example.com'], secretName: 'genesys/users' },
    ],
  },
};

const COMBINATIONS = Object.entries(NETWORKS).flatMap(([network, given]) =>
  Object.entries(SHARDS).flatMap(([shards, sharded]) =>
    [undefined, API].map((api) => ({
      name: `${network} network, ${shards}, ${api === undefined ? 'no API' : 'an API'}`,
      config: { network: given, ...sharded, ...(api === undefined ? {} : { api }) },
    })),
  ),
);

const RELAYED = Object.entries(SHARDS).flatMap(([shards, sharded]) =>
  [true, false].flatMap((standby) =>
    [undefined, API].map((api) => ({
      name: `${shards.replace(/,.*/, '')}${standby ? ', with a standby' : ''}, ${api === undefined ? 'no API' : 'an API'}`,
      config: { ...sharded, shape: 'relay', standby, ...(api === undefined ? {} : { api }) },
    })),
  ),
);

describe.each(RELAYED)('relayed, with $name', ({ config }) => {
  it('the stack synthesises without a network, has a function and its relays a shard, and cdk-nag finds nothing that is not accounted for', () => {
    const template = templateOf(config);
    const shards = 'shards' in config ? config.shards.length : 1;
    const relays = shards * (config.standby ? 2 : 1);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', relays);
    template.resourceCountIs('AWS::Scheduler::Schedule', relays);
    // The listener and its doctor, and the consumer.
    template.resourceCountIs('AWS::Lambda::Function', 2 * shards + ('api' in config ? 1 : 0));
    const types = new Set(Object.values(allResources(template)).map(({ Type }) => Type));
    expect([...types].filter((type) => /^AWS::(EC2|ECS)::/.test(type))).toEqual([]);
    const { violations } = new AwsSolutionsChecks().validateScope(bridgeStack(config));
    expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources])).toEqual([]);
  });
});

describe.each(COMBINATIONS)('with $name', ({ config }) => {
  it('the stack synthesises, has a service a shard, and cdk-nag finds nothing that is not accounted for', () => {
    const template = templateOf(config);
    const shards = 'shards' in config ? config.shards.length : 1;
    template.resourceCountIs('AWS::ECS::Service', shards);
    // The doctor's, one a shard, and the consumer's.
    template.resourceCountIs('AWS::Lambda::Function', shards + ('api' in config ? 1 : 0));
    const { violations } = new AwsSolutionsChecks().validateScope(bridgeStack(config));
    expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources])).toEqual([]);
  });
});

const everything = templateOf({
  api: API,
  network: NETWORKS.private,
  consumers: { accounts: ['111122223333'], organisation: 'o-a1b2c3d4e5' },
  alarms: { email: 'on-call@example.com' },
});

describe('the template', () => {
  it('is plain ASCII, since CloudFormation spoils anything else in descriptions', () => {
    expect(JSON.stringify(everything.toJSON())).toMatch(/^[ -~]*$/);
  });

  it('asks for nothing to be looked up in an account, even when one is named', () => {
    const stack = bridgeStack({ account: '111122223333', network: NETWORKS.private });
    expect(App.of(stack)?.synth().manifest.missing ?? []).toEqual([]);
  });

  it('runs no code but the listener, the doctor and the API caller: no custom resource, no helper function', () => {
    const types = Object.values(allResources(everything)).map(({ Type }) => Type);
    expect(
      types.filter((type) => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource'),
    ).toEqual([]);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(2);
  });

  it('allows "*" as a resource only to actions that take no other', () => {
    const wide = Object.values(resourcesOf(everything, 'AWS::IAM::Policy')).flatMap(({ Properties }) =>
      statementsOf(Properties['PolicyDocument'])
        .filter(({ Resource }) => JSON.stringify(Resource).includes('"*"'))
        .flatMap(({ Action }) => Action),
    );
    expect(new Set(wide)).toEqual(
      new Set(['ecr:GetAuthorizationToken', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments']),
    );
  });

  it('keeps every log group for the configured time and no longer', () => {
    const template = templateOf({ api: API, retention: { logsDays: 7 } });
    for (const [id, { Properties }] of Object.entries(resourcesOf(template, 'AWS::Logs::LogGroup')))
      expect(Properties['RetentionInDays'], id).toBe(7);
  });
});
