import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryCheckpointStore } from '../../listener/continuity/memory-checkpoint-store.ts';
import { MemoryLeaseStore } from '../../listener/continuity/memory-lease-store.ts';
import { eventSchemas } from '../../listener/contract/event.ts';
import { FolderPayloadStore } from '../../listener/publish/folder-payload-store.ts';
import { type BridgeHarness, startBridge } from './harness.ts';

const HANDOVER_MS = 60_000;
/** Until the server has given a sign of life, which is how far a predecessor can be sure to have come. */
const HEARTBEAT_MS = 35_000;

const sharedState = () => ({ leases: new MemoryLeaseStore(), checkpoints: new MemoryCheckpointStore() });

/**
 * So many updates, one after another at a pace at which people work: a state that comes back within the jitter of
 * networks may be told twice.
 */
async function work({ centre, elapse }: BridgeHarness, updates: number): Promise<void> {
  for (let n = 0; n < updates; n++) {
    centre.step();
    await elapse(60, 60);
  }
}

/** Each change once by its id, and versions that go on over the change of listeners. */
function expectWithoutSeam({ deliveries, server }: BridgeHarness): void {
  const counts = deliveries();
  expect(counts.size).toBeGreaterThan(50);
  expect([...counts].filter(([, times]) => times !== 1)).toEqual([]);
  const versions = new Map<string, number[]>();
  for (const event of server.events) {
    const parsed = eventSchemas['Conversation Updated'].safeParse(event);
    if (!parsed.success) continue;
    const { id, version } = parsed.data.detail.conversation;
    versions.set(id, [...(versions.get(id) ?? []), version]);
  }
  for (const own of versions.values()) expect(own).toEqual(own.map((_, index) => index + 1));
  expect(server.events.filter((event) => event['detail-type'].startsWith('Bridge Gap'))).toEqual([]);
}

describe('two listeners on one shard', () => {
  it('hand over when one is told to stop, without a seam', async () => {
    const harness = await startBridge({ tuning: { state: sharedState() } });
    await harness.goLive();
    await work(harness, 60);
    const another = await harness.startAnother();
    await work(harness, 60);
    await harness.elapse(HEARTBEAT_MS, 1_000);
    const stopping = harness.stopped(harness.bridge, HANDOVER_MS);
    await work(harness, 40);
    await stopping;
    expect(another.metrics.total('LeaseTakeovers')).toBe(1);
    await work(harness, 40);
    await harness.flow();
    await harness.elapse(5_000, 500);
    expectWithoutSeam(harness);
  });

  it('stay without a seam when the one that publishes is told to stop, again and again', async () => {
    const harness = await startBridge({ tuning: { state: sharedState() } });
    await harness.goLive();
    let present = harness.bridge;
    for (let round = 0; round < 3; round++) {
      await work(harness, 20);
      const { bridge } = await harness.startAnother();
      await work(harness, 20);
      await harness.elapse(HEARTBEAT_MS, 1_000);
      await harness.stopped(present, HANDOVER_MS);
      present = bridge;
    }
    await work(harness, 20);
    await harness.elapse(5_000, 500);
    expectWithoutSeam(harness);
  });
});

describe('a listener that starts after another one has stopped', () => {
  it('goes on with its versions, and tells a gap from there', async () => {
    const harness = await startBridge({
      tuning: { state: sharedState(), timing: { analyticsLagMs: 10_000 } },
    });
    await harness.goLive();
    await work(harness, 60);
    await harness.flow();
    await harness.stopped(harness.bridge);
    await harness.elapse(20_000, 1_000);
    const another = await harness.startAnother();
    await harness.elapseUntil(() => another.metrics.total('GapsClosed') === 1, 500);
    await work(harness, 40);
    await harness.elapse(5_000, 500);
    const seen = new Map<string, number>();
    for (const event of harness.server.events) {
      const parsed = eventSchemas['Conversation Updated'].safeParse(event);
      if (!parsed.success) continue;
      const { id, version } = parsed.data.detail.conversation;
      // Nobody can know what else was told before the gap.
      expect(version).toBeGreaterThan(seen.get(id) ?? 0);
      seen.set(id, version);
    }
    expect(another.metrics.total('GapsDetected')).toBe(1);
  });
});

describe('a body that is too large for an event', () => {
  it('is in the payload store before the event is on the bus, which keeps the contract and matches the same rules', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'large-bodies-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const payloads = new FolderPayloadStore(folder);
    const harness = await startBridge({ tuning: { payloads, limits: { payloadLimitBytes: 4_000 } } });
    await harness.goLive();
    const topic = `v2.routing.queues.${harness.centre.queues[0]?.id}.conversations`;
    const body = (note: string) =>
      `{"id":"c","participants":[{"id":"p","purpose":"customer","calls":[{"state":"connected"}]}],"note":"${note}"}`;
    const large = body('ü'.repeat(3_000));
    for (const each of [body('small'), large])
      harness.mock.controls.send(`{"topicName":"${topic}","version":"2","eventBody":${each},"metadata":{}}`);
    await harness.elapseUntil(() => harness.server.events.length >= 3, 50);
    await harness.flow();
    const events = harness.server.events.flatMap((event) => {
      const parsed = eventSchemas['Conversation Updated'].safeParse(event);
      return parsed.success ? [parsed.data.detail] : [];
    });
    expect(events.map(({ conversation }) => conversation.version)).toEqual([1, 2]);
    const [, detail] = events;
    expect(detail).not.toHaveProperty('eventBody');
    expect(detail).toMatchObject({
      topicName: topic,
      conversation: { id: 'c', participants: [{ state: 'connected' }] },
    });
    expect(await payloads.read(detail?.bridge.payloadRef ?? '')).toBe(large);
    expect(harness.metrics.total('PayloadsStored')).toBe(1);
  });
});
