import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileCheckpointStore } from '../../listener/continuity/file-checkpoint-store.ts';
import { MemoryLeaseStore } from '../../listener/continuity/memory-lease-store.ts';
import { MetricsAggregate } from '../../listener/telemetry/aggregate.ts';
import { recordedLog } from '../listener/genesys/organisation.ts';
import { ManualClock } from '../manual-clock.ts';
import { type BridgeHarness, startBridge } from './harness.ts';

/** The changes that are not on the bus exactly once. */
const notOnce = ({ deliveries }: BridgeHarness) => [...deliveries()].filter(([, times]) => times !== 1);

describe('one entry that the bus refuses for good', () => {
  it('is parked, and its neighbours of the same request and of the same conversation are not', async () => {
    const harness = await startBridge();
    await harness.goLive();
    let seen = 0;
    let poison = '';
    harness.server.controls.failEntries({
      code: 'NotAuthorizedForSourceException',
      matching: ({ Detail }) => {
        const [, id] = /"CorrelationId":"([^"]+)"/.exec(Detail ?? '') ?? [];
        if (id !== undefined && seen++ === 20) poison = id;
        return id !== undefined && id === poison;
      },
    });
    await harness.live(60);
    await harness.flow();
    const parked = await harness.parked();
    expect(parked).toHaveLength(1);
    expect(parked[0]?.item).toMatchObject({ kind: 'event', detail: expect.stringContaining(poison) });
    expect(notOnce(harness)).toEqual([[expect.stringContaining(poison), 0]]);
    expect(harness.bridge.stats).toMatchObject({ parked: 1, lost: 0, pending: 0 });
  });
});

describe('one topic that is refused', () => {
  it('is said with the permission that is missing, and the others come', async () => {
    const harness = await startBridge({
      topics: ({ centre }) => ['queues:*', ...centre.agents.map(({ id }) => `v2.users.${id}.presence`)],
    });
    harness.mock.controls.deny('presence:userPresence:view');
    await harness.goLive();
    await harness.live(40);
    await harness.flow();
    const gauges = harness.metrics.take().gauges;
    expect(gauges.get('TopicsRejected')).toBeGreaterThan(0);
    expect(gauges.get('TopicsSubscribed')).toBeGreaterThan(0);
    expect(harness.deliveries().size).toBeGreaterThan(20);
    expect(notOnce(harness)).toEqual([]);
  });
});

describe('a checkpoint that is damaged', () => {
  it('is set aside and said, and the listener goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'poison-state-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, '0.checkpoint-5.jsonl'), '{"formatVersion":1,"epoch":5,"pos\u0000');
    const { logger, lines } = recordedLog();
    const clock = new ManualClock();
    const metrics = new MetricsAggregate();
    const checkpoints = new FileCheckpointStore({ folder, shard: '0', clock, logger, metrics });
    const harness = await startBridge({ tuning: { state: { leases: new MemoryLeaseStore(), checkpoints } } });
    await harness.goLive();
    await harness.live(40);
    await harness.flow();
    expect(notOnce(harness)).toEqual([]);
    expect(lines.map(({ msg }) => msg)).toEqual(['the checkpoint could not be read']);
    expect((await readdir(folder)).some((name) => name.includes('corrupt'))).toBe(true);
    expect(metrics.total('StateUnreadable')).toBe(1);
  });
});

describe('one conversation that REST answers with nonsense', () => {
  it('keeps its gap open until it makes sense, and the others are brought up to date', async () => {
    const harness = await startBridge({ tuning: { timing: { analyticsLagMs: 10_000 } } });
    const { mock, metrics, elapseUntil, elapse, lines, bridge } = harness;
    await harness.goLive();
    await harness.live(60);
    await harness.flow();
    const mend = mock.controls.failNext('GET', /\/api\/v2\/conversations\/[^/]+$/, {
      status: 200,
      body: '{"id":"broken","participants":',
      times: 1,
    });
    mock.controls.drop();
    await elapseUntil(() => metrics.total('GapFailures') > 0, 100);
    await elapseUntil(() => metrics.total('GapsClosed') === 1, 1_000);
    mend();
    expect(metrics.total('GapsDetected')).toBe(1);
    expect(lines.filter(({ msg }) => msg === 'a call for closing a gap failed')).toHaveLength(1);
    await elapse(1_000);
    expect(bridge.liveness().ok).toBe(true);
    expect(metrics.total('InternalErrors')).toBe(0);
  });
});
