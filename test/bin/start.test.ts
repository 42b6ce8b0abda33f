import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SETTINGS } from '../../listener/config.ts';
import { ContactCentre } from '../../mock/contact-centre/contact-centre.ts';
import { startLocalEventBus } from '../../mock/event-bus/local-event-bus.ts';
import { DEFAULT_CLIENT, startMockGenesys } from '../../mock/genesys/server.ts';
import { ListenerProcess } from '../listener-process.ts';

const summarySchema = z.strictObject({
  received: z.number(),
  published: z.number(),
  parked: z.number(),
  lost: z.number(),
  duplicates: z.number(),
  echoes: z.number(),
  latencyMs: z.strictObject({ p50: z.number(), p99: z.number() }),
  seconds: z.number(),
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conversation-bridge-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('start with no configuration', () => {
  it('shows events on this machine, and sums up in the last line', { timeout: 30_000 }, async () => {
    const run = new ListenerProcess(['start', '--events', '40', '--rate', '200', '--seed', '3', '--json'], {
      PARKING_DIR: folder,
      STATE_DIR: join(folder, 'state'),
      PAYLOAD_DIR: join(folder, 'payloads'),
    });
    expect(await run.end()).toBe(0);
    const lines = run.stdout.trim().split('\n');
    const summary = summarySchema.parse(JSON.parse(lines.at(-1) ?? ''));
    expect(summary).toMatchObject({ parked: 0, lost: 0, duplicates: 0 });
    expect(summary.published).toBeGreaterThanOrEqual(40);
    expect(summary.received).toBe(summary.published + summary.echoes);
    const events = lines.slice(0, -1).map((line) => JSON.parse(line));
    expect(events.filter((event) => event.detailType === 'Conversation Updated')).toHaveLength(
      summary.published,
    );
  });

  it('says first what it is connected to, and how to point it elsewhere', { timeout: 30_000 }, async () => {
    const run = new ListenerProcess(['start', '--events', '5', '--rate', '100'], {
      PARKING_DIR: folder,
      STATE_DIR: join(folder, 'state'),
      PAYLOAD_DIR: join(folder, 'payloads'),
    });
    expect(await run.end()).toBe(0);
    expect(run.stdout).toMatch(/Genesys Cloud {3}a mock on this machine, http:\/\/127\.0\.0\.1:\d+/);
    expect(run.stdout).toMatch(/event bus {7}a local one on this machine, http:\/\/127\.0\.0\.1:\d+/);
    expect(run.stdout).toContain('GENESYSCLOUD_OAUTHCLIENT_ID=');
    expect(run.stdout).toContain('EVENT_BUS_NAME=');
    expect(run.stdout).toMatch(/0 lost, 0 parked, 0 duplicates/);
    // No colour where nobody looks.
    expect(run.stdout).not.toContain('\u001b[');
  });
});

describe('start with credentials and topics', () => {
  it('is the listener alone: publishes until SIGTERM, and drains', { timeout: 30_000 }, async () => {
    const centre = new ContactCentre({ seed: 5 });
    const genesys = await startMockGenesys({ contactCentre: centre });
    const bus = await startLocalEventBus();
    const run = new ListenerProcess(['start'], {
      GENESYSCLOUD_OAUTHCLIENT_ID: DEFAULT_CLIENT.id,
      GENESYSCLOUD_OAUTHCLIENT_SECRET: DEFAULT_CLIENT.secret,
      GENESYSCLOUD_LOGIN_URL: genesys.loginUrl,
      GENESYSCLOUD_API_URL: genesys.apiUrl,
      TOPICS: 'queues:*',
      AWS_ENDPOINT_URL: bus.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      EVENT_BUS_NAME: 'conversation-bridge',
      PARKING_DIR: folder,
      STATE_DIR: join(folder, 'state'),
      PAYLOAD_DIR: join(folder, 'payloads'),
      HEALTH_PORT: '0',
    });
    const [, url = ''] = await run.untilSays(/"health":"([^"]+)"/);
    await run.untilSays(/"msg":"live"/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    for (let step = 0; step < 50; step++) centre.step();
    expect(await run.end('SIGTERM')).toBe(0);
    const onTheBus = bus.events.filter(({ detail }) => 'topicName' in detail);
    expect(genesys.record.written).toBeGreaterThan(20);
    expect(onTheBus).toHaveLength(genesys.record.written);
    expect(run.stdout).toContain('"Namespace":"ConversationBridge"');
    await genesys.close();
    await bus.close();
  });
});

describe('start --local-bus with credentials and topics', () => {
  it('shows the events of a real organisation, and needs no AWS', { timeout: 30_000 }, async () => {
    const centre = new ContactCentre({ seed: 6, rate: 100 });
    const genesys = await startMockGenesys({ contactCentre: centre });
    centre.start();
    const run = new ListenerProcess(['start', '--local-bus', '--events', '10'], {
      GENESYSCLOUD_OAUTHCLIENT_ID: DEFAULT_CLIENT.id,
      GENESYSCLOUD_OAUTHCLIENT_SECRET: DEFAULT_CLIENT.secret,
      GENESYSCLOUD_LOGIN_URL: genesys.loginUrl,
      GENESYSCLOUD_API_URL: genesys.apiUrl,
      TOPICS: 'queues:*',
      PARKING_DIR: folder,
      STATE_DIR: join(folder, 'state'),
      PAYLOAD_DIR: join(folder, 'payloads'),
    });
    expect(await run.end()).toBe(0);
    expect(run.stdout).toContain(`Genesys Cloud   ${genesys.apiUrl}`);
    expect(run.stdout).toMatch(/event bus {7}a local one on this machine/);
    expect(run.stdout).toMatch(/0 lost, 0 parked, 0 duplicates/);
    centre.stop();
    await genesys.close();
  });

  it('takes no --rate or --seed: there is no mock to set', { timeout: 30_000 }, async () => {
    const run = new ListenerProcess(['start', '--rate', '5'], { TOPICS: 'queues:*' });
    expect(await run.end()).toBe(2);
    expect(run.stderr).toMatch(/^--rate and --seed are for the mock; .*\n$/);
  });
});

describe('start with a configuration that can not be used', () => {
  const credentials = { GENESYSCLOUD_OAUTHCLIENT_ID: 'id', GENESYSCLOUD_OAUTHCLIENT_SECRET: 'secret-canary' };
  it.each([
    ['no credentials', { TOPICS: 'queues:*' }, /^GENESYSCLOUD_OAUTHCLIENT_ID: no credentials; set it .*\n$/],
    ['no topic', credentials, /^TOPICS: no topic is given; .*\n$/],
    [
      'an unknown region',
      { ...credentials, TOPICS: 'queues:*', GENESYSCLOUD_REGION: 'mars' },
      /^GENESYSCLOUD_REGION: "mars" .*ap-northeast-1.*\n$/,
    ],
    [
      'no topic that is one',
      { ...credentials, TOPICS: 'everything' },
      /^TOPICS: "everything" is no topic; .*\n$/,
    ],
    [
      'too many topics',
      { ...credentials, TOPICS: Array.from({ length: 1001 }, (_, n) => `v2.users.u${n}.presence`).join() },
      /^TOPICS: .*1001.*1000.*\n$/,
    ],
  ])('%s: one line, and 2', { timeout: 30_000 }, async (_, env, line) => {
    const run = new ListenerProcess(['start'], env);
    expect(await run.end()).toBe(2);
    expect(run.stderr).toMatch(line);
    expect(run.stdout).toBe('');
    expect(run.stderr).not.toContain('secret-canary');
  });

  it('an unknown option: one line that names it, and 2', { timeout: 30_000 }, async () => {
    const run = new ListenerProcess(['start', '--evnts', '3'], {});
    expect(await run.end()).toBe(2);
    expect(run.stderr).toContain("unknown option '--evnts'");
  });
});

describe('start --help', () => {
  it('lists every setting with its meaning and default', { timeout: 30_000 }, async () => {
    const run = new ListenerProcess(['start', '--help'], {});
    expect(await run.end()).toBe(0);
    for (const { name, meaning } of SETTINGS) {
      expect(run.stdout).toContain(`  ${name}\n`);
      expect(run.stdout).toContain(meaning);
    }
  });
});
