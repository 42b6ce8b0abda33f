import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../listener/config.ts';
import { NETWORKS, onlyResource, queueId, resourcesOf, statementsOf, templateOf } from './synthesis.ts';

const template = templateOf({ topics: ['queue:Sales', 'user:a@example.com'], genesysRegion: 'eu-central-1' });

const container = z
  .object({
    ContainerDefinitions: z.tuple([
      z.looseObject({
        Environment: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
        HealthCheck: z.object({ Command: z.array(z.string()) }),
      }),
    ]),
  })
  .transform(({ ContainerDefinitions: [definition] }) => definition)
  .parse(onlyResource(template, 'AWS::ECS::TaskDefinition').Properties);

const given = new Map(container.Environment.map(({ Name, Value }) => [Name, Value]));
/** What is known when it is deployed only is another resource's name or URL. */
const environment = Object.fromEntries(
  container.Environment.map(({ Name, Value }) => [
    Name,
    typeof Value === 'string' ? Value : Name.endsWith('_URL') ? 'https://sqs.invalid/queue' : 'named-later',
  ]),
);

describe('the listener’s task', () => {
  it('is the smallest there is, on arm64', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      Cpu: '256',
      Memory: '512',
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
  });

  it('runs as a user without rights, and can write to no file', () => {
    expect(container).toMatchObject({
      User: 'node',
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
    });
    const { Properties } = onlyResource(template, 'AWS::ECS::TaskDefinition');
    expect([Properties['Volumes'], container['MountPoints']]).toEqual([undefined, undefined]);
  });

  it('keeps what it has to keep in the table, the queues and the bucket of the stack', () => {
    const [bucket] = Object.keys(resourcesOf(template, 'AWS::S3::Bucket'));
    const [table] = Object.keys(resourcesOf(template, 'AWS::DynamoDB::Table'));
    expect(given.get('STATE_TABLE')).toEqual({ Ref: table });
    expect(given.get('PARKING_QUEUE_URL')).toEqual({ Ref: queueId(template, 'parked') });
    expect(given.get('DEAD_LETTER_QUEUE_URL')).toEqual({ Ref: queueId(template, 'dead-letters') });
    expect(given.get('PAYLOAD_BUCKET')).toEqual({ Ref: bucket });
  });

  it('has an environment that the listener takes, and no secret in it', () => {
    const config = readConfig(environment);
    expect(config).toMatchObject({
      credentials: { from: 'secrets-manager', secretId: 'conversation-bridge/genesys' },
      eventBusName: 'conversation-bridge',
      awsRegion: 'ap-northeast-1',
      shard: '0',
    });
    expect(config.hosts.baseDomain).toBe('mypurecloud.de');
    expect(config.topics).toHaveLength(2);
  });

  it('has two minutes to stop: to wait for a successor, and to publish what it has received', () => {
    expect(container).toMatchObject({ StopTimeout: 120 });
    expect(Number(environment['HANDOVER_SECONDS'])).toBe(90);
  });

  it('logs without waiting, with a bounded buffer', () => {
    expect(container).toMatchObject({
      LogConfiguration: {
        LogDriver: 'awslogs',
        Options: { mode: 'non-blocking', 'max-buffer-size': '26214400b' },
      },
    });
  });
});

describe('the container’s health check', () => {
  const [kind, program, ...args] = container.HealthCheck.Command;
  const check = async (port: number) => {
    const rebased = args.map((arg) => arg.replace(':8080/', `:${port}/`));
    return promisify(execFile)(program ?? '', rebased).then(
      () => 'healthy',
      () => 'unhealthy',
    );
  };
  const answering = async (status: number, asked: string[] = []) => {
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      return await check(port);
    } finally {
      server.close();
    }
  };

  it('is run without a shell', () => {
    expect(kind).toBe('CMD');
    expect(program).toBe('node');
  });

  it('asks for liveness only, so that a missing secret does not restart it', async () => {
    const asked: string[] = [];
    expect(await answering(200, asked)).toBe('healthy');
    expect(asked).toEqual(['/healthz']);
  });

  it('is unhealthy at any other answer, and at none', async () => {
    expect(await answering(503)).toBe('unhealthy');
    expect(await check(1)).toBe('unhealthy');
  });
});

describe('the listener’s service', () => {
  it.each([
    [false, 1, 'DISABLED'],
    [true, 2, 'ENABLED'],
  ])(
    'with standby %s keeps %i tasks, and no old one goes before the new ones are up',
    (standby, tasks, rebalancing) => {
      templateOf({ standby }).hasResourceProperties('AWS::ECS::Service', {
        DesiredCount: tasks,
        DeploymentConfiguration: {
          MinimumHealthyPercent: 100,
          MaximumPercent: 200,
          DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        },
        AvailabilityZoneRebalancing: rebalancing,
      });
    },
  );

  it('has a standby in every shard, when it has one', () => {
    const shards = ['a', 'b'].map((name) => ({ name, topics: [`queue:${name}`] }));
    const services = Object.values(resourcesOf(templateOf({ shards, standby: true }), 'AWS::ECS::Service'));
    expect(services.map(({ Properties }) => Properties['DesiredCount'])).toEqual([2, 2]);
  });

  it.each([
    ['public', 'ENABLED'],
    ['private', 'DISABLED'],
    ['existing', 'DISABLED'],
  ] as const)(
    'in the %s network has a public IP: %s, no inbound rule, and port 443 outwards',
    (network, publicIp) => {
      const networked = templateOf({ network: NETWORKS[network] });
      networked.hasResourceProperties('AWS::ECS::Service', {
        NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: publicIp } },
      });
      const group = onlyResource(networked, 'AWS::EC2::SecurityGroup').Properties;
      expect(group['SecurityGroupIngress']).toBeUndefined();
      expect(group['SecurityGroupEgress']).toMatchObject([{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }]);
      networked.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
    },
  );

  it('in the private network leaves by fixed addresses, which are outputs', () => {
    const networked = templateOf({ network: NETWORKS.private });
    networked.resourceCountIs('AWS::EC2::NatGateway', 2);
    networked.resourceCountIs('AWS::EC2::EIP', 2);
    expect(Object.keys(networked.findOutputs('*')).filter((name) => name.startsWith('Address'))).toHaveLength(
      2,
    );
    templateOf({ network: NETWORKS.public }).resourceCountIs('AWS::EC2::NatGateway', 0);
  });
});

describe('the listener’s role', () => {
  const policies = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).map(({ Properties }) =>
    statementsOf(Properties['PolicyDocument']),
  );
  const taskPolicy = policies.find((statements) => JSON.stringify(statements).includes('events:PutEvents'));

  it('may publish in the bridge’s name, read its secret, keep its own shard’s state, park, and put bodies, and nothing else', () => {
    const [table] = Object.keys(resourcesOf(template, 'AWS::DynamoDB::Table'));
    const [bucket] = Object.keys(resourcesOf(template, 'AWS::S3::Bucket'));
    const [bus] = Object.keys(resourcesOf(template, 'AWS::Events::EventBus'));
    const [secret] = Object.keys(resourcesOf(template, 'AWS::SecretsManager::Secret'));
    expect(taskPolicy).toEqual([
      { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue'], Resource: { Ref: secret } },
      {
        Effect: 'Allow',
        Action: ['events:PutEvents'],
        Resource: { 'Fn::GetAtt': [bus, 'Arn'] },
        Condition: { StringEquals: { 'events:source': 'conversation-bridge' } },
      },
      {
        Effect: 'Allow',
        Action: ['BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query'].map(
          (action) => `dynamodb:${action}`,
        ),
        Resource: { 'Fn::GetAtt': [table, 'Arn'] },
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['shard#0'] } },
      },
      {
        Effect: 'Allow',
        Action: ['sqs:SendMessage'],
        Resource: ['dead-letters', 'parked'].map((queue) => ({
          'Fn::GetAtt': [queueId(template, queue), 'Arn'],
        })),
      },
      {
        Effect: 'Allow',
        Action: ['s3:PutObject'],
        Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucket, 'Arn'] }, '/payloads/*']] },
      },
    ]);
  });

  it('reads a secret that the stack creates without any value', () => {
    const { Properties } = onlyResource(template, 'AWS::SecretsManager::Secret');
    expect(new Set(Object.keys(Properties))).toEqual(new Set(['Description', 'Name']));
    expect(Properties['Name']).toBe(environment['GENESYS_SECRET_ID']);
  });

  it('is another one for each shard, each with its own secret', () => {
    const sharded = templateOf({
      shards: [
        { name: 'a', topics: ['queue:A'], secretName: 'genesys/a' },
        { name: 'b', topics: ['queue:B'], secretName: 'genesys/b' },
        { name: 'c', topics: ['queue:C'], secretName: 'genesys/b' },
      ],
    });
    sharded.resourceCountIs('AWS::SecretsManager::Secret', 2);
    const readable = Object.values(resourcesOf(sharded, 'AWS::IAM::Policy'))
      .map(({ Properties }) => statementsOf(Properties['PolicyDocument']))
      .flatMap((statements) =>
        statements.filter(({ Action }) => Action.includes('secretsmanager:GetSecretValue')),
      )
      .map(({ Resource }) => JSON.stringify(Resource));
    // Each for the listener and for its doctor in Lambda.
    expect(readable).toHaveLength(6);
    expect(new Set(readable).size).toBe(2);
  });
});
