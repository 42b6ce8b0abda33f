import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger } from '../../bin/laptop/ledger.ts';
import { eventSchemas } from '../../listener/contract/event.ts';
import { ContactCentre } from '../../mock/contact-centre/contact-centre.ts';
import { DEFAULT_CLIENT, type MockGenesys, startMockGenesys } from '../../mock/genesys/server.ts';
import { ListenerProcess } from '../listener-process.ts';
import { Cloud, type ReceivedEvent } from './cloud.ts';
import { type Emulator, startEmulator } from './emulator.ts';

const BUS = 'conversations';
const SECRET = 'conversation-bridge/genesys';
const CHANGES = 400;

/** What another team would write: answered voice conversations. */
const ANSWERED_CALLS = {
  source: ['conversation-bridge'],
  'detail-type': ['Conversation Updated'],
  detail: { conversation: { mediaTypes: ['voice'], changes: ['agent.connected'] } },
};
const EVERYTHING = { source: ['conversation-bridge'] };

describe('from the socket to a queue behind a rule, on an AWS emulator', () => {
  let emulator: Emulator;
  let genesys: MockGenesys;
  let folder: string;
  let everything: readonly ReceivedEvent[];
  let answeredCalls: readonly ReceivedEvent[];
  let exitCode: number | null;
  let output: string;

  beforeAll(async () => {
    emulator = await startEmulator();
    folder = await mkdtemp(join(tmpdir(), 'conversation-bridge-'));
    const cloud = new Cloud(emulator);
    const { id: clientId, secret: clientSecret } = DEFAULT_CLIENT;
    await cloud.createSecret(SECRET, JSON.stringify({ clientId, clientSecret }));
    await cloud.createBus(BUS);
    const allQueue = await cloud.createQueueWithRule(BUS, 'everything', EVERYTHING);
    const answeredQueue = await cloud.createQueueWithRule(BUS, 'answered-calls', ANSWERED_CALLS);

    const centre = new ContactCentre({ seed: 20 });
    genesys = await startMockGenesys({ contactCentre: centre });
    const listener = new ListenerProcess(['start'], {
      ...emulator.environment,
      GENESYS_SECRET_ID: SECRET,
      GENESYSCLOUD_LOGIN_URL: genesys.loginUrl,
      GENESYSCLOUD_API_URL: genesys.apiUrl,
      TOPICS: 'queues:*',
      EVENT_BUS_NAME: BUS,
      PARKING_DIR: folder,
      HEALTH_PORT: '0',
    });
    await listener.untilSays(/"msg":"live"/);
    for (let change = 0; change < CHANGES; change++) centre.step();
    exitCode = await listener.end('SIGTERM');
    output = listener.stdout + listener.stderr;
    everything = await cloud.takeAll(allQueue);
    answeredCalls = await cloud.takeAll(answeredQueue);
  });

  afterAll(async () => {
    await genesys?.close();
    await emulator?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('brings each change that was put on the socket exactly once, and nothing is parked', async () => {
    const ledger = new Ledger();
    for (const entry of genesys.record) ledger.written(entry);
    const notifications = everything.filter(({ detail }) => 'topicName' in detail);
    for (const { detail } of notifications) ledger.taken(JSON.stringify(detail));
    expect(genesys.record.written).toBeGreaterThan(CHANGES / 2);
    expect(ledger.outcome()).toEqual({ published: notifications.length, parked: 0, lost: 0, duplicates: 0 });
    await expect(readFile(join(folder, 'parked.jsonl'), 'utf8')).rejects.toThrow('ENOENT');
  });

  it('fills the queue with every event that the rule matches and no other', () => {
    const isAnsweredCall = (event: ReceivedEvent) => {
      if (event['detail-type'] !== 'Conversation Updated') return false;
      const { conversation } = eventSchemas['Conversation Updated'].parse(event).detail;
      return conversation.mediaTypes.includes('voice') && conversation.changes.includes('agent.connected');
    };
    const expected = everything.filter(isAnsweredCall);
    expect(expected.length).toBeGreaterThan(5);
    expect(expected.length).toBeLessThan(everything.length);
    expect(sorted(answeredCalls)).toEqual(sorted(expected));
  });

  it('says when the connection went live and when it ended', () => {
    const states = everything
      .filter((event) => event['detail-type'] === 'Bridge Connection Changed')
      .map((event) => eventSchemas['Bridge Connection Changed'].parse(event).detail)
      .sort((a, b) => (a.bridge.sequence < b.bridge.sequence ? -1 : 1))
      .map(({ connection }) => connection.state);
    expect(states).toEqual(['live', 'closing', 'stopped']);
  });

  it('ends in order at SIGTERM, and its output holds no secret', () => {
    expect(exitCode).toBe(0);
    expect(output).toContain('"msg":"drained"');
    expect(output).not.toContain(DEFAULT_CLIENT.secret);
    for (const { channelId } of genesys.record) expect(output).not.toContain(channelId);
  });
});

function sorted(events: readonly ReceivedEvent[]): string[] {
  return events.map((event) => JSON.stringify(event.detail)).sort();
}
