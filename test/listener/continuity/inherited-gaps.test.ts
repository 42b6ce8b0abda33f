import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { FileCheckpointStore } from '../../../listener/continuity/file-checkpoint-store.ts';
import { GapCloser } from '../../../listener/continuity/gaps/gap-closer.ts';
import type { GapClosed, GapDetected } from '../../../listener/contract/gap-event.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';

const logger = pino({ level: 'silent' });
const gap = { id: 'g', from: 1_000, reason: 'socket-closed', until: 5_000 };

async function createStore() {
  const folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return new FileCheckpointStore({
    folder,
    shard: '0',
    clock: new ManualClock(),
    logger,
    metrics: new MetricsAggregate(),
  });
}

it('from where versions are counted is kept over changes', async () => {
  const store = await createStore();
  await store.replace(1, { lowWatermark: 10, positions: new Map(), countFrom: 7 });
  await store.append(1, { lowWatermark: 11, changed: [], forgotten: [] });
  expect((await store.load())?.countFrom).toBe(7);
  await store.replace(2, { lowWatermark: 12, positions: new Map() });
  expect((await store.load())?.countFrom).toBe(0);
});

it('open gaps are written with a base and with each change, and closed ones are not', async () => {
  const store = await createStore();
  await store.replace(1, { lowWatermark: 10, positions: new Map(), gaps: [gap] });
  expect((await store.load())?.gaps).toEqual([gap]);
  const { until: _until, ...opening } = gap;
  await store.append(1, {
    lowWatermark: 11,
    changed: [],
    forgotten: [],
    gaps: [gap, { ...opening, id: 'h' }],
  });
  expect((await store.load())?.gaps).toEqual([gap, { ...opening, id: 'h' }]);
  await store.append(1, { lowWatermark: 12, changed: [], forgotten: [] });
  expect((await store.load())?.gaps).toEqual([]);
});

it('a gap whose end is known keeps it, since what was asked for then is newer than what a standby has kept', async () => {
  const clock = new ManualClock(100_000);
  const announced: (GapDetected | GapClosed)[] = [];
  const closer = new GapCloser({
    work: {
      api: {
        conversation: async () => undefined,
        async *conversationsBetween() {
          yield* [];
          return undefined;
        },
      },
      openConversations: () => [],
      versionOf: () => undefined,
      countOf: () => undefined,
      knownEndOf: () => undefined,
      backfill: () => 'unchanged',
      announce: (event) => announced.push(event),
      oldestUnsettled: undefined,
      showsLife: async () => true,
    },
    clock,
    logger,
    metrics: new MetricsAggregate(),
    analyticsLagMs: 1_000,
  });
  const { until: _until, ...opening } = gap;
  closer.inherit([gap, { ...opening, id: 'without an end' }], 900);
  expect(closer.inheritance.map(({ id, until }) => ({ id, until }))).toEqual([
    { id: 'g', until: 5_000 },
    { id: 'without an end', until: 1_000 },
  ]);
  closer.live(clock.now());
  await clock.advance(5_000);
  const closed = announced.filter((event) => event.kind === 'closed');
  expect(closed.map((event) => event.gap)).toMatchObject([
    { id: 'g', from: 1_000, until: 5_000 },
    { id: 'without an end', from: 1_000, until: 1_000 },
  ]);
});
