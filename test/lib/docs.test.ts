import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../lib/config-schema.ts';
import { API, allResources, NETWORKS, queueId, type Resource, resourcesOf, templateOf } from './synthesis.ts';

const docs = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
const deploy = docs('deploy.md');

/** Everything that a configuration can bring about, but for the existing network, which brings less. */
const template = templateOf({
  api: API,
  standby: true,
  network: NETWORKS.private,
  consumers: { accounts: ['111122223333'] },
  alarms: { email: 'on-call@example.com' },
});
const resources = allResources(template);
const typesIn = (text: string) => [...text.matchAll(/AWS::\w+::\w+/g)].map(([type]) => type);

/** What AWS takes no money for: rights, wiring, and names of what is paid for elsewhere. */
const FREE = [
  'AWS::IAM::',
  'Policy',
  'AWS::EC2::VPC',
  'AWS::EC2::Subnet',
  'AWS::EC2::Route',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::SecurityGroup',
  'AWS::ECS::Cluster',
  'AWS::ECS::TaskDefinition',
  'AWS::Events::Rule',
  'AWS::EventSchemas::',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Permission',
  'AWS::SNS::Subscription',
];

describe('the runbook', () => {
  const sections = [...docs('runbook.md').matchAll(/^## (.*)$/gm)].map(([, title = '']) =>
    title.toLowerCase().replaceAll(' ', '-'),
  );
  const links = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm')).map(
    ({ Properties }) =>
      /Runbook: docs\/runbook\.md#([\w-]+)$/.exec(String(Properties['AlarmDescription']))?.[1],
  );

  it('has a section for each alarm, and none for what is no alarm', () => {
    expect(new Set(links)).toEqual(new Set(sections));
  });

  it('is linked to where it is published', () => {
    const alarms = resourcesOf(
      templateOf({ alarms: { runbookUrl: 'https://wiki/x' } }),
      'AWS::CloudWatch::Alarm',
    );
    for (const { Properties } of Object.values(alarms))
      expect(Properties['AlarmDescription']).toMatch(/First: .* Runbook: https:\/\/wiki\/x#[\w-]+$/);
  });
});

describe('the diagram of what is deployed', () => {
  const [diagram = ''] = /```mermaid\n[\s\S]*?```/.exec(deploy) ?? [];
  const [plumbing = ''] = /\n\| resource types \|[\s\S]*?\n\n/.exec(deploy) ?? [];
  it('shows or names every resource type there is, and no other', () => {
    const named = new Set([...typesIn(diagram), ...typesIn(plumbing)]);
    expect(named).toEqual(new Set(Object.values(resources).map(({ Type }) => Type)));
  });

  const nodes = new Map(
    [...diagram.matchAll(/^ +(\w+)\["[^"]*<br\/>(AWS::[\w:]+)"\]/gm)].map(([, node = '', type = '']) => [
      node,
      type,
    ]),
  );
  const edges = [...diagram.matchAll(/^ +(\w+) -->\|[^|]+\| (\w+)$/gm)].map(
    ([, from, to]) => `${from} -> ${to}`,
  );

  const text = (one: unknown) => JSON.stringify(one);
  const ofType = (type: string): [string, Resource][] => Object.entries(resourcesOf(template, type));
  const logicalId = (type: string, having: string) =>
    ofType(type).find(([id, resource]) => `${id}${text(resource)}`.includes(having))?.[0] ?? 'none';
  const bus = logicalId('AWS::Events::EventBus', '');
  const queue = logicalId('AWS::SQS::Queue', 'call-api-failed');
  const parked = queueId(template, 'parked');
  const deadLetters = queueId(template, 'dead-letters');
  const pipe = text(ofType('AWS::Pipes::Pipe'));
  const bucketPolicy = text(ofType('AWS::S3::BucketPolicy'));
  const policyOf = (role: string) =>
    ofType('AWS::IAM::Policy')
      .filter(([, { Properties }]) => text(Properties['Roles']).includes(role))
      .map(([, { Properties }]) => text(Properties['PolicyDocument']))
      .join();
  const task = policyOf('TaskTaskRole');
  const execution = policyOf('TaskExecutionRole');
  const lambda = policyOf('ApiCallerFunctionServiceRole');
  const doctor = policyOf('Doctor0FunctionServiceRole');
  const rule = text(resources[logicalId('AWS::Events::Rule', 'ApiCallerRule')]);
  const debug = text(resources[logicalId('AWS::Events::Rule', 'DebugRule')]);

  /** What in the template makes an arrow true. */
  const evidence: Readonly<Record<string, () => boolean>> = {
    'task -> genesys': () => text(ofType('AWS::EC2::SecurityGroup')).includes('"FromPort":443'),
    'task -> secret': () => task.includes(logicalId('AWS::SecretsManager::Secret', '/genesys')),
    'task -> log': () => execution.includes('logs:PutLogEvents'),
    'task -> bus': () => task.includes('events:PutEvents') && task.includes(bus),
    'task -> state': () =>
      task.includes(logicalId('AWS::DynamoDB::Table', '-state')) && task.includes('shard#0'),
    'task -> parked': () => task.includes('sqs:SendMessage') && task.includes(parked),
    'task -> dead': () => task.includes('sqs:SendMessage') && task.includes(deadLetters),
    'parked -> pipe': () => pipe.includes(`"Source":{"Fn::GetAtt":["${parked}"`),
    'pipe -> bus': () => pipe.includes(`"Target":{"Fn::GetAtt":["${bus}"`),
    'parked -> dead': () =>
      text(resources[parked]).includes(`"deadLetterTargetArn":{"Fn::GetAtt":["${deadLetters}"`),
    'task -> payloads': () =>
      task.includes('s3:PutObject') && task.includes(logicalId('AWS::S3::Bucket', '')),
    'teams -> payloads': () => bucketPolicy.includes('s3:GetObject') && bucketPolicy.includes('111122223333'),
    'bus -> archive': () => text(ofType('AWS::Events::Archive')).includes(bus),
    'policy -> bus': () => text(ofType('AWS::Events::EventBusPolicy')).includes(bus),
    'teams -> policy': () => text(ofType('AWS::Events::EventBusPolicy')).includes('111122223333'),
    'teams -> registry': () =>
      text(ofType('AWS::EventSchemas::RegistryPolicy')).includes('111122223333') &&
      ofType('AWS::EventSchemas::Schema').every(([, schema]) =>
        text(schema).includes(`["${logicalId('AWS::EventSchemas::Registry', '')}","RegistryName"]`),
      ),
    'bus -> debug': () => debug.includes(`"EventBusName":{"Ref":"${bus}"}`) && debug.includes('"DISABLED"'),
    'debug -> log': () => debug.includes(logicalId('AWS::Logs::LogGroup', '/debug')),
    'bus -> rule': () => rule.includes(`"EventBusName":{"Ref":"${bus}"}`),
    'rule -> function': () => rule.includes(logicalId('AWS::Lambda::Function', 'ApiCaller')),
    'doctor -> secret': () => doctor.includes(logicalId('AWS::SecretsManager::Secret', '/genesys')),
    'rule -> failed': () => rule.includes(`"DeadLetterConfig":{"Arn":{"Fn::GetAtt":["${queue}"`),
    'function -> api': () => text(ofType('AWS::Lambda::Function')).includes(API.url),
    'function -> key': () => lambda.includes(logicalId('AWS::SecretsManager::Secret', 'ApiCallerSecret')),
    'function -> table': () => lambda.includes(logicalId('AWS::DynamoDB::Table', 'ApiCaller')),
    'function -> failed': () => lambda.includes(queue),
    'log -> alarm': () => text(ofType('AWS::CloudWatch::Alarm')).includes('"ConversationBridge"'),
    'alarm -> dashboard': () => text(ofType('AWS::CloudWatch::Dashboard')).includes('Alarmslistenernotlive'),
    'alarm -> topic': () => text(ofType('AWS::CloudWatch::Alarm')).includes(logicalId('AWS::SNS::Topic', '')),
    'topic -> oncall': () => text(ofType('AWS::SNS::Subscription')).includes('on-call@example.com'),
  };

  it('has an arrow for each thing that is proved here, and none besides', () => {
    expect(nodes.size).toBeGreaterThan(10);
    expect(new Set(edges)).toEqual(new Set(Object.keys(evidence)));
  });

  it.each(Object.entries(evidence))('tells the truth: %s', (_, holds) => {
    expect(holds()).toBe(true);
  });
});

describe('the page on deploying', () => {
  it('names every field of the configuration', () => {
    const [table = ''] = /\n\| field \|[\s\S]*?\n\n/.exec(deploy) ?? [];
    for (const field of Object.keys(configSchema.shape)) expect(table).toContain(`\`${field}\``);
  });

  it('says of each type of resource what makes its price, or that it has none', () => {
    const [table = ''] = /\n\| what is paid for \|[\s\S]*?\n\n/.exec(deploy) ?? [];
    const types = new Set(Object.values(resources).map(({ Type }) => Type));
    const free = [...types].filter((type) => FREE.some((part) => type.includes(part)));
    expect(new Set([...typesIn(table), ...free])).toEqual(types);
    expect(free.filter((type) => table.includes(`\`${type}\``))).toEqual([]);
  });
});
