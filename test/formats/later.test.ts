import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Checkpoint, CheckpointStore } from '../../listener/continuity/checkpoint-store.ts';
import { DynamoDbCheckpointStore } from '../../listener/continuity/dynamodb-checkpoint-store.ts';
import { FileCheckpointStore } from '../../listener/continuity/file-checkpoint-store.ts';
import { parseLeaseRecord, standInFor } from '../../listener/continuity/lease-record.ts';
import { MemoryLeaseStore } from '../../listener/continuity/memory-lease-store.ts';
import { Tenure } from '../../listener/continuity/tenure.ts';
import type { GapClosed, GapDetected } from '../../listener/contract/gap-event.ts';
import { readParked } from '../../listener/publish/parked-text.ts';
import { MetricsAggregate } from '../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../manual-clock.ts';
import { until } from '../until.ts';
import { linesOf, stateFolder, tableItems, tableOf, WRITTEN_AT } from './frozen.ts';

/*
 * A rollback: the next version has run for a while, and this one finds what it has left. Of that it is known only that
 * the number of the format and the low-watermark are where they always were.
 */

/** The term of the next version comes after the one in the fixtures. */
const LATER_EPOCH = WRITTEN_AT;
const LATER_WATERMARK = WRITTEN_AT + 3_600_000;
/** Ten minutes later somebody goes back to this version. */
const NOW = LATER_WATERMARK + 600_000;
const LATER = { formatVersion: 2, lowWatermark: LATER_WATERMARK, everything: { else: 'differs' } };

interface Place {
  readonly store: CheckpointStore;
  readonly said: string[];
  readonly metrics: MetricsAggregate;
  /** Names of all that is kept. */
  names(): Promise<string[]>;
}

function logTo(said: string[]) {
  return pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
}

/** @param left what the next version has left: its own term alone, or beside the one before */
async function inFolder(left: 'alone' | 'beside', head: object = LATER): Promise<Place> {
  const said: string[] = [];
  const metrics = new MetricsAggregate();
  const folder = await stateFolder('v1');
  const options = { folder, shard: '0', clock: new ManualClock(NOW), logger: logTo(said), metrics };
  if (left === 'alone') {
    // Writing its base, it has removed the files of earlier terms.
    const successor = new FileCheckpointStore(options);
    await successor.replace(LATER_EPOCH, { lowWatermark: 0, positions: new Map() });
  }
  await writeFile(join(folder, `0.checkpoint-${LATER_EPOCH}.jsonl`), `${JSON.stringify(head)}\n{"more":1}\n`);
  return { store: new FileCheckpointStore(options), said, metrics, names: () => readdir(folder) };
}

async function inTable(left: 'alone' | 'beside', head: object = LATER): Promise<Place> {
  const said: string[] = [];
  const sk = `checkpoint#${String(LATER_EPOCH).padStart(16, '0')}#head`;
  const before = left === 'beside' ? tableItems('v1') : [];
  const { client, items } = tableOf([...before, { pk: 'shard#0', sk, ...head }]);
  const clock = new ManualClock(NOW);
  const metrics = new MetricsAggregate();
  const options = { client, tableName: 'state', shard: '0', clock, logger: logTo(said), metrics };
  return { store: new DynamoDbCheckpointStore(options), said, metrics, names: async () => [...items.keys()] };
}

/** No conversations at all. */
async function* none(): AsyncGenerator<never, undefined> {
  yield* [];
  return undefined;
}

/** What a listener that goes on from there announces, once it is live. */
async function announced(store: CheckpointStore) {
  const clock = new ManualClock(NOW);
  const events: (GapDetected | GapClosed)[] = [];
  const restored: (Checkpoint | undefined)[] = [];
  const tenure = new Tenure({
    work: {
      api: {
        conversation: () => new Promise(() => {}),
        conversationsBetween: none,
      },
      openConversations: () => [],
      versionOf: () => undefined,
      countOf: () => undefined,
      backfill: () => 'unchanged',
      announce: (event) => void events.push(event),
      takeOver: (_, checkpoint) => void restored.push(checkpoint),
      goOn: () => {},
      standDown: () => {},
      disown: () => {},
      caughtUp: () => undefined,
      settle: async () => true,
      abandon: () => {},
      oldestUnsettled: undefined,
      lastSignAt: undefined,
      keptSince: undefined,
      isBehind: false,
      promptSince: undefined,
      knownEndOf: () => undefined,
      showsLife: async () => true,
    },
    leases: new MemoryLeaseStore(),
    checkpoints: store,
    holderId: 'this-version',
    leaseMs: 3_000,
    analyticsLagMs: 60_000,
    clock,
    logger: pino({ level: 'silent' }),
    metrics: new MetricsAggregate(),
  });
  tenure.start();
  tenure.live();
  await clock.advance(0);
  // Files are read in their own time, in which the clock stands still.
  await until(() => tenure.role === 'holder' && restored.length > 0);
  return { events, restored };
}

describe.each([
  ['a folder', inFolder],
  ['a table', inTable],
])('a checkpoint of the next version in %s', (_, place) => {
  it('is set aside and counted, and the log says whose it is', async () => {
    const { store, said, metrics, names } = await place('beside');
    await store.load();
    expect(said).toEqual([
      expect.stringMatching(
        /format version 2, written by a later version of the bridge; this one reads up to 1/,
      ),
    ]);
    expect((await names()).filter((name) => name.includes('corrupt'))).toHaveLength(1);
    expect(metrics.total('StateUnreadable')).toBe(1);
  });

  it('leaves the positions of the term before, and the time since when something is missing', async () => {
    const { store } = await place('beside');
    const checkpoint = await store.load();
    expect(checkpoint?.lowWatermark).toBe(LATER_WATERMARK);
    expect(checkpoint?.positions.size).toBe(3);
  });

  it.each(['beside', 'alone'] as const)('is gone on from with a gap, when it stands %s', async (left) => {
    const { store } = await place(left);
    const { events, restored } = await announced(store);
    expect(restored).toHaveLength(1);
    expect(events).toMatchObject([
      { kind: 'detected', gap: { from: LATER_WATERMARK - 2_000, reason: 'takeover' } },
    ]);
  });

  it('is followed by this version’s own, which counts from then on', async () => {
    const { store, names } = await place('alone');
    await store.load();
    await store.replace(NOW, { lowWatermark: NOW, positions: new Map() });
    expect((await store.load())?.lowWatermark).toBe(NOW);
    expect((await names()).some((name) => name.includes(String(NOW)))).toBe(true);
  });

  it.each([
    ['is no number', { ...LATER, lowWatermark: 'yesterday' }],
    ['lies in the future', { ...LATER, lowWatermark: NOW + 3_600_000 }],
    ['lies before all memory', { ...LATER, lowWatermark: 1 }],
  ])('is believed nothing of when its watermark %s', async (_what, head) => {
    const { store } = await place('alone', head);
    expect(await store.load()).toBeUndefined();
  });
});

it('a lease of the next version keeps its epoch, so that epochs never go down', () => {
  const later = { holder: 'b', epoch: LATER_EPOCH, nonce: 'n', state: 'resting' };
  expect(parseLeaseRecord(later)).toBeUndefined();
  expect(standInFor(later, 'n')).toMatchObject({ epoch: LATER_EPOCH, state: 'held' });
});

it('what the next version has parked is refused by its number, and stays parked', () => {
  for (const line of [...linesOf('v1', 'parked.jsonl'), ...linesOf('v1', 'parked-messages.jsonl')]) {
    const record = z.record(z.string(), z.unknown()).parse(JSON.parse(line));
    expect(() => readParked(JSON.stringify({ ...record, formatVersion: 2 }))).toThrow(
      "it was parked in format 2, which this version doesn't know",
    );
  }
});
