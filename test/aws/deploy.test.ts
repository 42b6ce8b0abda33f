import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTaskDefinitionCommand, ECSClient } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventSchemas } from '../../listener/contract/event.ts';
import { ContactCentre } from '../../mock/contact-centre/contact-centre.ts';
import { DEFAULT_CLIENT, type MockGenesys, startMockGenesys } from '../../mock/genesys/server.ts';
import { ListenerProcess } from '../listener-process.ts';
import { cdk, fitToEmulator } from './assembly.ts';
import { Cloud, type ReceivedEvent } from './cloud.ts';
import { awsBlocks, runBlock } from './documented-commands.ts';
import { type Emulator, startEmulator } from './emulator.ts';

/** The name that the documents use, so that their commands can be run as they stand. */
const NAME = 'conversation-bridge';
const CHANGES = 150;

/** One request that the downstream function made. */
interface ApiCall {
  readonly url: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly body: string;
}

describe('the stack, deployed to an AWS emulator by the CDK', { timeout: 240_000 }, () => {
  let emulator: Emulator;
  let folder: string;
  let genesys: MockGenesys;
  let api: Server;
  const calls: ApiCall[] = [];
  let removed: string[];
  let waiting: string;
  let environment: Record<string, string>;
  let everything: ReceivedEvent[];
  let exitCode: number | null;

  beforeAll(async () => {
    emulator = await startEmulator();
    folder = await mkdtemp(join(tmpdir(), 'conversation-bridge-deploy-'));
    const centre = new ContactCentre({ seed: 9 });
    genesys = await startMockGenesys({ contactCentre: centre });
    api = await startApi(calls);

    await deploy();
    const cloud = new Cloud(emulator);
    const queue = await cloud.createQueueWithRule(NAME, 'another-team', { source: ['conversation-bridge'] });
    environment = await taskEnvironment(emulator);
    const listener = new ListenerProcess(
      [],
      {
        ...environment,
        // What stands in for Genesys Cloud and AWS, and the container's own port.
        ...emulator.environment,
        GENESYSCLOUD_LOGIN_URL: genesys.loginUrl,
        GENESYSCLOUD_API_URL: genesys.apiUrl,
        HEALTH_PORT: '0',
      },
      join(import.meta.dirname, '../../dist/image/main.mjs'),
    );
    const [, health = ''] = await listener.untilSays(/"health":"([^"]+)"/);
    await listener.untilSays(/no credentials yet/);
    waiting = `${(await fetch(`${health}/healthz`)).status} ${(await fetch(`${health}/readyz`)).status}`;
    await listener.end('SIGTERM');

    const [setSecret = ''] = (await awsBlocks('deploy.md')).filter((block) =>
      block.includes('put-secret-value'),
    );
    await runBlock(setSecret.replace('your-client-id', DEFAULT_CLIENT.id), {
      environment: emulator.environment,
      input: `${DEFAULT_CLIENT.secret}\n`,
    });
    const again = new ListenerProcess([], listener.environment, listener.program);
    await again.untilSays(/"msg":"live"/);
    for (let change = 0; change < CHANGES; change++) centre.step();
    exitCode = await again.end('SIGTERM');
    everything = await cloud.takeAll(queue);
    const expected = answeredCalls(everything).length;
    await vi.waitFor(() => expect(calls.length).toBeGreaterThanOrEqual(expected), {
      timeout: 60_000,
      interval: 50,
    });
  }, 240_000);

  afterAll(async () => {
    api?.close();
    await genesys?.close();
    await emulator?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function deploy(): Promise<void> {
    const address = api.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const config = join(folder, 'config.json');
    await writeFile(
      config,
      JSON.stringify({
        name: NAME,
        standby: true,
        api: {
          url: `http://127.0.0.1:${port}/conversations/{detail.conversation.id}`,
          body: '{state: detail.conversation.state}',
          match: { mediaTypes: ['voice'], changes: ['agent.connected'] },
        },
      }),
    );
    const home = join(folder, 'cdk-home');
    await mkdir(home);
    const env = {
      ...emulator.environment,
      AWS_DEFAULT_REGION: emulator.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_HOME: home,
    };
    const assembly = join(folder, 'cdk.out');
    await cdk(['synth', '--quiet', '--output', assembly, '-c', `config=${config}`], { CDK_HOME: home });
    removed = await fitToEmulator(assembly);
    await cdk(['bootstrap', `aws://000000000000/${emulator.region}`], env);
    await cdk(['deploy', '--app', assembly, '--require-approval', 'never'], env);
  }

  it('is the template that is shipped, but for what the emulator refuses', () => {
    expect(removed).toEqual([
      'AWS::CloudWatch::Alarm with metric math',
      'AWS::EC2::FlowLog',
      'AWS::EventSchemas::Registry',
      'AWS::EventSchemas::Schema',
      'AWS::Events::Archive',
      'AWS::Pipes::Pipe',
    ]);
  });

  it('comes up without credentials: alive, not ready, and says so', () => {
    expect(waiting).toBe('200 503');
  });

  it('starts the listener with the environment of the task definition, which brings every change to the bus', () => {
    expect(environment).toMatchObject({
      EVENT_BUS_NAME: NAME,
      GENESYS_SECRET_ID: `${NAME}/genesys`,
      TOPICS: 'queues:*',
    });
    expect(exitCode).toBe(0);
    const notifications = everything.filter(({ detail }) => 'topicName' in detail);
    expect(genesys.record.written).toBeGreaterThan(CHANGES / 2);
    const changes = new Set([...genesys.record].map(({ change }) => change));
    expect(notifications).toHaveLength(changes.size);
  });

  it('invokes the downstream function by its rule, which calls the API once for each event that matches', () => {
    const expected = answeredCalls(everything).map(({ detail }) => ({
      url: `/conversations/${detail.conversation.id}`,
      idempotencyKey: detail.bridge.eventId,
      body: JSON.stringify({ state: detail.conversation.state }),
    }));
    expect(expected.length).toBeGreaterThan(2);
    expect(sorted(calls)).toEqual(sorted(expected));
  });

  it('runs the doctor in Lambda, with the settings and the secret of the listener', async () => {
    const [invoke = ''] = await awsBlocks('doctor.md');
    const report = await runBlock(invoke, { environment: emulator.environment });
    // It has read the secret; the region's real host can't be reached from here, and it says so.
    expect(report).toMatch(
      /"id": ?"credentials"[^}]*"status": ?"ok"|"status": ?"ok"[^}]*conversation-bridge\/genesys/,
    );
    expect(report).toMatch(/"causes": ?\[\{"id": ?"dns-failed"/);
    expect(report).not.toContain(DEFAULT_CLIENT.secret);
  });

  it.each(['deploy.md', 'runbook.md', 'consumers.md'])('takes each command of docs/%s', async (document) => {
    const blocks = await awsBlocks(document);
    expect(blocks.length).toBeGreaterThan(1);
    // The blocks of a document build on each other's variables.
    await runBlock(blocks.filter((block) => !block.includes('read -rs')).join('\n'), {
      environment: emulator.environment,
    });
  });
});

function answeredCalls(events: readonly ReceivedEvent[]) {
  return events
    .filter((event) => event['detail-type'] === 'Conversation Updated')
    .map((event) => eventSchemas['Conversation Updated'].parse(event))
    .filter(
      ({ detail: { conversation } }) =>
        conversation.mediaTypes.includes('voice') && conversation.changes.includes('agent.connected'),
    );
}

function sorted(calls: readonly ApiCall[]): string[] {
  return calls.map((call) => JSON.stringify(call)).sort((a, b) => (a < b ? -1 : 1));
}

async function startApi(calls: ApiCall[]): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      const key = request.headers['idempotency-key'];
      calls.push({ url: request.url, idempotencyKey: typeof key === 'string' ? key : undefined, body });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return server;
}

/** What ECS would give the listener's container. */
async function taskEnvironment({ endpoint, region }: Emulator): Promise<Record<string, string>> {
  const client = new ECSClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { taskDefinition } = await client.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: `${NAME}-listener-0` }),
  );
  const [container] = taskDefinition?.containerDefinitions ?? [];
  return Object.fromEntries(
    (container?.environment ?? []).map(({ name, value }) => [name ?? '', value ?? '']),
  );
}
