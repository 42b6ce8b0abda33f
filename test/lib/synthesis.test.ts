import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { parseStackConfig } from '../../lib/config.ts';
import { SHAPES } from '../../lib/config-schema.ts';
import { type Combination, REFUSED, VALID } from './combinations.ts';
import {
  API,
  allResources,
  bridgeStack,
  NETWORKS,
  resourcesOf,
  statementsOf,
  templateOf,
} from './synthesis.ts';

const byName = (combinations: readonly Combination[]) =>
  combinations.map((combination) => [combination.name, combination] as const);

describe.each(byName(VALID))('%s', (_, { config, shape, standby, shards, besides }) => {
  it('synthesises what runs each shard, and cdk-nag finds nothing that is not accounted for', () => {
    const stack = bridgeStack(config);
    const template = Template.fromStack(stack);
    const isRelay = shape === 'relay';
    const relays = isRelay ? shards * (standby ? 2 : 1) : 0;
    template.resourceCountIs('AWS::ECS::Service', isRelay ? 0 : shards);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', relays);
    template.resourceCountIs('AWS::Scheduler::Schedule', relays);
    // Each shard's doctor, the listener where it is one, and the consumer.
    const functions = shards * (isRelay ? 2 : 1) + (besides === 'everything' ? 1 : 0);
    template.resourceCountIs('AWS::Lambda::Function', functions);
    const types = new Set(Object.values(allResources(template)).map(({ Type }) => Type));
    if (isRelay) expect([...types].filter((type) => /^AWS::(EC2|ECS)::/.test(type))).toEqual([]);
    const { violations } = new AwsSolutionsChecks().validateScope(stack);
    expect(violations.map(({ ruleName, violatingResources }) => [ruleName, violatingResources])).toEqual([]);
  });
});

it('every shape, with and without a standby, is among what was looked at', () => {
  const looked = new Set(VALID.map(({ shape, standby }) => `${shape} ${standby}`));
  expect(looked).toEqual(new Set(SHAPES.flatMap((shape) => [`${shape} false`, `${shape} true`])));
});

it.each(byName(REFUSED))('%s is refused in one line', (_, { config }) => {
  expect(() => parseStackConfig(config)).toThrow(
    /^network: needs shape to be "fargate"; a relayed listener has no network of its own$/,
  );
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
