import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../listener/config.ts';
import { NETWORKS, onlyResource, resourcesOf, statementsOf, templateOf } from './synthesis.ts';

const template = templateOf({ topics: ['queue:Sales', 'user:a@example.com'], genesysRegion: 'eu-central-1' });

const container = z
  .object({
    ContainerDefinitions: z.tuple([
      z.looseObject({
        Environment: z.array(z.object({ Name: z.string(), Value: z.string() })),
        HealthCheck: z.object({ Command: z.array(z.string()) }),
        MountPoints: z.array(
          z.object({ ContainerPath: z.string(), SourceVolume: z.string(), ReadOnly: z.boolean() }),
        ),
      }),
    ]),
    Volumes: z.array(z.object({ Name: z.string() })),
  })
  .transform(({ ContainerDefinitions: [definition], Volumes }) => ({ ...definition, Volumes }))
  .parse(onlyResource(template, 'AWS::ECS::TaskDefinition').Properties);

const environment = Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value]));

describe('the listener’s task', () => {
  it('is the smallest there is, on arm64', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      Cpu: '256',
      Memory: '512',
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
  });

  it('runs as a user without rights, and can write to the folder for parking only', () => {
    expect(container).toMatchObject({
      User: 'node',
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
    });
    expect(container.MountPoints).toEqual([
      {
        ContainerPath: environment['PARKING_DIR'],
        SourceVolume: container.Volumes[0]?.Name,
        ReadOnly: false,
      },
    ]);
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

  it('has two minutes to stop', () => {
    expect(container).toMatchObject({ StopTimeout: 120 });
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
  it('never runs two tasks of a shard: the old one goes before the new one comes', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 1,
      DeploymentConfiguration: {
        MinimumHealthyPercent: 0,
        MaximumPercent: 100,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
      AvailabilityZoneRebalancing: 'DISABLED',
    });
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

  it('may put events on the one bus, in the bridge’s name only, and read the one secret, and nothing else', () => {
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
