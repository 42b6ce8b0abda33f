import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventSchemas } from '../../listener/contract/event.ts';
import { ContactCentre } from '../../mock/contact-centre/contact-centre.ts';
import { DEFAULT_CLIENT, type MockGenesys, startMockGenesys } from '../../mock/genesys/server.ts';
import { SWITCHES } from '../../mock/genesys/switches.ts';
import { ListenerProcess } from '../listener-process.ts';

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const process = new ListenerProcess(args, env);
  const exitCode = await process.end();
  return { exitCode, stdout: process.stdout, stderr: process.stderr };
}

describe('conversation-bridge', { timeout: 30_000 }, () => {
  it('without a command teaches, and an unknown one is wrong usage', async () => {
    const help = await run(['--help']);
    expect(help.exitCode).toBe(0);
    for (const command of ['start', 'mock', 'topics', 'replay', 'lint-subscription', 'schema', 'sample'])
      expect(help.stdout).toContain(`  ${command}`);
    expect((await run(['strat'])).exitCode).toBe(2);
  });

  it('schema prints JSON Schema, whole or of one detail-type', async () => {
    const all = await run(['schema']);
    expect(Object.keys(JSON.parse(all.stdout))).toEqual(Object.keys(eventSchemas));
    const one = await run(['schema', 'conversation updated']);
    expect(JSON.parse(one.stdout)).toEqual(JSON.parse(all.stdout)['Conversation Updated']);
    const none = await run(['schema', 'Nothing']);
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toMatch(/^there is no detail-type "Nothing"; there are .*\n$/);
  });

  it('sample prints events of the contract', async () => {
    const all = JSON.parse((await run(['sample'])).stdout);
    for (const event of Object.values<{ 'detail-type': keyof typeof eventSchemas }>(all))
      expect(eventSchemas[event['detail-type']].safeParse(event).success).toBe(true);
    const names = (await run(['sample', '--list'])).stdout.trim().split('\n');
    expect(names).toEqual(Object.keys(all));
    expect((await run(['sample', 'nothing'])).exitCode).toBe(2);
  });

  it('mock --list-switches tells each choice that the sources leave open', async () => {
    const switches = JSON.parse((await run(['mock', '--list-switches', '--json'])).stdout);
    expect(switches.map(({ name }: { name: string }) => name)).toEqual(Object.keys(SWITCHES));
  });

  it('mock serves a Genesys Cloud that the printed environment points at', async () => {
    const mock = new ListenerProcess(['mock', '--json', '--rate', '50'], {});
    await mock.untilSays(/\n/);
    const { environment } = JSON.parse(mock.stdout);
    const topics = await run(['topics', '--json'], environment);
    expect(topics.exitCode).toBe(0);
    expect(JSON.parse(topics.stdout).subscriptions.length).toBeGreaterThan(1);
    expect(await mock.end('SIGTERM')).toBe(0);
  });
});

describe('lint-subscription', { timeout: 30_000 }, () => {
  it('finds the three faults of the payload that closes the socket, says where, and mends it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'payload-'));
    const file = join(folder, 'subscribe.json');
    await writeFile(
      file,
      '{"id": "sub-1", "event_type": "conversation:conversation:updated", "id": "conv-12345"}',
    );
    const { exitCode, stdout } = await run(['lint-subscription', file, '--json']);
    await rm(folder, { recursive: true });
    expect(exitCode).toBe(1);
    const report = JSON.parse(stdout);
    expect(report.findings.map(({ cause }: { cause: string }) => cause).sort()).toEqual([
      'subscribe-duplicate-key',
      'subscribe-no-filter',
      'subscribe-no-type',
    ]);
    expect(JSON.parse(report.corrected)).toEqual({
      id: 'sub-1',
      type: 'subscribe',
      filter: { eventTypes: ['conversation:conversation:updated'], entities: ['conv-12345'] },
    });
  });

  it('tells a file that is not there from a fault in it', async () => {
    const { exitCode, stderr } = await run(['lint-subscription', '/nowhere/subscribe.json']);
    expect(exitCode).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('topics', { timeout: 30_000 }, () => {
  let genesys: MockGenesys;
  let env: Record<string, string>;

  beforeAll(async () => {
    genesys = await startMockGenesys({ contactCentre: new ContactCentre({ queues: 3 }) });
    env = {
      GENESYSCLOUD_OAUTHCLIENT_ID: DEFAULT_CLIENT.id,
      GENESYSCLOUD_OAUTHCLIENT_SECRET: DEFAULT_CLIENT.secret,
      GENESYSCLOUD_LOGIN_URL: genesys.loginUrl,
      GENESYSCLOUD_API_URL: genesys.apiUrl,
    };
  });
  afterAll(() => genesys.close());

  it('names each subscription with the permission it needs, and creates no channel', async () => {
    const { exitCode, stdout } = await run(['topics'], { ...env, TOPICS: 'queues:*' });
    expect(exitCode).toBe(0);
    expect(stdout.match(/^v2\.routing\.queues\..*\.conversations\n {4}needs \S+/gm)).toHaveLength(3);
    expect(stdout).toContain('3 subscriptions of 1000');
    expect(genesys.controls.channels()).toEqual([]);
  });

  it('names what gives no topic and what is missing, and ends with 1', async () => {
    const { exitCode, stdout } = await run(['topics', '--json'], {
      ...env,
      TOPICS: 'queue:Nowhere,v2.no.such.topic',
    });
    expect(exitCode).toBe(1);
    const { problems, subscriptions } = JSON.parse(stdout);
    expect(problems).toEqual([
      { spec: 'queue:Nowhere', problem: expect.stringMatching(/no queue "Nowhere".*routing:queue:view/) },
    ]);
    expect(subscriptions).toEqual([
      expect.objectContaining({ problem: 'this organisation has no such topic' }),
    ]);
  });

  it('tells a wrong secret from an unknown client', async () => {
    const wrong = await run(['topics'], {
      ...env,
      TOPICS: 'queues:*',
      GENESYSCLOUD_OAUTHCLIENT_SECRET: 'wrong-canary',
    });
    expect(wrong.exitCode).toBe(1);
    expect(wrong.stderr).toContain('refused the client secret');
    expect(wrong.stderr).not.toContain('wrong-canary');
    const unknown = await run(['topics'], {
      ...env,
      TOPICS: 'queues:*',
      GENESYSCLOUD_OAUTHCLIENT_ID: 'nobody',
    });
    expect(unknown.stderr).toContain('knows no OAuth client nobody');
  });
});
