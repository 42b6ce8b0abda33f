import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type {
  Checkpoint,
  CheckpointChange,
  CheckpointStore,
} from '../../../listener/continuity/checkpoint-store.ts';
import { Checkpointer } from '../../../listener/continuity/checkpointer.ts';
import { MemoryCheckpointStore } from '../../../listener/continuity/memory-checkpoint-store.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';
import { checkpoint, position, positions } from './checkpoint-samples.ts';

/** Keeps what it is given, and a list of the calls; fails, or waits, when told to. */
class RecordingStore implements CheckpointStore {
  readonly #memory = new MemoryCheckpointStore();
  readonly calls: string[] = [];
  failing = false;
  gate: Promise<void> = Promise.resolve();

  load(): Promise<Checkpoint | undefined> {
    return this.#memory.load();
  }

  async replace(epoch: number, next: Checkpoint): Promise<void> {
    await this.#called(`base of ${next.positions.size}`);
    await this.#memory.replace(epoch, next);
  }

  async append(epoch: number, change: CheckpointChange): Promise<void> {
    await this.#called(`change of ${change.changed.length} less ${change.forgotten.length}`);
    await this.#memory.append(epoch, change);
  }

  async #called(what: string): Promise<void> {
    await this.gate;
    this.calls.push(this.failing ? `failed ${what}` : what);
    if (this.failing) throw new Error('disk full');
  }
}

describe('Checkpointer', () => {
  let clock = new ManualClock();
  let store = new RecordingStore();
  let metrics = new MetricsAggregate();
  let unsettledSince: number | undefined;
  const begin = async (restored?: Checkpoint) => {
    const checkpointer = new Checkpointer({
      store,
      clock,
      logger: pino({ level: 'silent' }),
      metrics,
      lowWatermark: () => unsettledSince ?? clock.now(),
    });
    await checkpointer.begin(1, restored);
    return checkpointer;
  };
  const keys = async () => [...((await store.load())?.positions.keys() ?? [])];

  beforeEach(() => {
    clock = new ManualClock();
    store = new RecordingStore();
    metrics = new MetricsAggregate();
    unsettledSince = undefined;
  });

  it('begins a term with what was restored', async () => {
    const restored = checkpoint(clock.now() - 5_000, positions(3));
    await begin(restored);
    expect(store.calls).toEqual(['base of 3']);
    expect(await store.load()).toEqual({ ...restored, epoch: 1, gaps: [] });
  });

  it('calls nothing settled at the beginning that the predecessor did not call settled', async () => {
    await begin(checkpoint(clock.now() - 60_000, []));
    expect((await store.load())?.lowWatermark).toBe(clock.now() - 60_000);
    await clock.advance(12_000);
    expect((await store.load())?.lowWatermark).toBeGreaterThan(clock.now() - 12_000);
  });

  it('writes what was settled within two seconds, and nothing when nothing was', async () => {
    const checkpointer = await begin();
    checkpointer.settled(position('a'));
    checkpointer.settled(position('b', { version: 3 }));
    await clock.advance(2_000);
    expect(store.calls).toEqual(['base of 0', 'change of 2 less 0']);
    expect((await store.load())?.positions.get(position('b').key)).toEqual(position('b', { version: 3 }));
    await clock.advance(8_000);
    expect(store.calls).toHaveLength(2);
  });

  it('keeps the newest version of a key, in whatever order events are settled', async () => {
    const checkpointer = await begin();
    for (const version of [1, 3, 2]) checkpointer.settled(position('a', { version }));
    await checkpointer.flush();
    expect((await store.load())?.positions.get(position('a').key)?.version).toBe(3);
  });

  it('writes the low-watermark alone when it has moved by ten seconds, and never past what is unsettled', async () => {
    await begin();
    unsettledSince = clock.now() + 1_000;
    await clock.advance(60_000);
    expect(store.calls).toHaveLength(1);
    unsettledSince = undefined;
    await clock.advance(60_000);
    expect(store.calls.length).toBeGreaterThan(4);
    expect(store.calls.length).toBeLessThan(8);
    expect(clock.now() - ((await store.load())?.lowWatermark ?? 0)).toBeLessThanOrEqual(12_000);
  });

  it('writes the low-watermark at once when it is behind the one written, by a clock that was set back', async () => {
    await begin();
    await clock.advance(60_000);
    const written = (await store.load())?.lowWatermark ?? 0;
    unsettledSince = written - 30_000;
    await clock.advance(2_000);
    expect((await store.load())?.lowWatermark).toBe(written - 30_000);
  });

  it('forgets nothing of a write that failed, and says so by metrics', async () => {
    const checkpointer = await begin();
    store.failing = true;
    checkpointer.settled(position('a'));
    await clock.advance(4_000);
    checkpointer.settled(position('b'));
    checkpointer.settled(position('a', { version: 2 }));
    await clock.advance(2_000);
    expect(metrics.total('CheckpointFailures')).toBe(3);
    expect(metrics.take().gauges.get('CheckpointAge')).toBe(6_000);
    store.failing = false;
    await clock.advance(2_000);
    expect((await store.load())?.positions.get(position('a').key)?.version).toBe(2);
    expect(await keys()).toHaveLength(2);
    expect(metrics.take().gauges.get('CheckpointAge')).toBe(0);
  });

  it('writes the base of a term later when it could not be written at first', async () => {
    store.failing = true;
    const checkpointer = await begin(checkpoint(clock.now() - 1_000, positions(2)));
    checkpointer.settled(position('a'));
    store.failing = false;
    await clock.advance(2_000);
    expect(store.calls).toEqual(['failed base of 2', 'base of 3']);
    expect((await store.load())?.lowWatermark).toBe(clock.now() - 3_000);
  });

  it('never writes twice at a time, and writes what came meanwhile next', async () => {
    const checkpointer = await begin();
    let open = () => {};
    store.gate = new Promise((resolve) => {
      open = resolve;
    });
    checkpointer.settled(position('a'));
    await clock.advance(2_000);
    checkpointer.settled(position('b'));
    const flushed = checkpointer.flush();
    await clock.advance(10_000);
    expect(store.calls).toEqual(['base of 0']);
    open();
    expect(await flushed).toBe(true);
    expect(store.calls).toEqual(['base of 0', 'change of 1 less 0', 'change of 1 less 0']);
  });

  it('forgets ended conversations after five minutes and topics after fifteen', async () => {
    const checkpointer = await begin();
    const receivedAt = clock.now();
    const topic = 'v2.users.5d1c0f6e.presence';
    checkpointer.settled(position('ended', { receivedAt, open: false }));
    checkpointer.settled(position('open', { receivedAt }));
    checkpointer.settled(position('topic', { key: topic, receivedAt, open: false }));
    await clock.advance(299_000);
    expect(await keys()).toHaveLength(3);
    await clock.advance(5_000);
    expect(await keys()).toEqual(expect.arrayContaining([position('open').key, topic]));
    expect(await keys()).toHaveLength(2);
    await clock.advance(600_000);
    expect(await keys()).toEqual([position('open').key]);
  });

  it('remembers at most 50,000 open conversations, those heard of last', async () => {
    const checkpointer = await begin();
    for (const each of positions(50_000)) checkpointer.settled(each);
    checkpointer.settled(position('conversation 0', { version: 2 }));
    checkpointer.settled(position('one more'));
    await checkpointer.flush();
    const known = new Set(await keys());
    expect(known.size).toBe(50_000);
    expect(known.has(position('conversation 0').key)).toBe(true);
    expect(known.has(position('conversation 1').key)).toBe(false);
  });

  it('writes all anew before changes outgrow the base, and keeps the same', async () => {
    const checkpointer = await begin();
    for (let version = 1; version <= 60; version++) {
      for (const { key } of positions(50)) checkpointer.settled(position('x', { key, version }));
      await clock.advance(2_000);
    }
    expect(store.calls.filter((call) => call === 'base of 50').length).toBeGreaterThan(1);
    expect(store.calls.filter((call) => call === 'base of 50').length).toBeLessThan(4);
    const kept = await store.load();
    expect([...(kept?.positions.values() ?? [])].map(({ version }) => version)).toEqual(Array(50).fill(60));
  });

  it('writes what is left at the end and nothing afterwards', async () => {
    const checkpointer = await begin();
    checkpointer.settled(position('a'));
    await checkpointer.end();
    expect(store.calls.at(-1)).toBe('change of 1 less 0');
    checkpointer.settled(position('b'));
    await clock.advance(60_000);
    expect(store.calls).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('writes the low-watermark at the end however little it has moved, so that a successor finds no gap', async () => {
    const checkpointer = await begin();
    await clock.advance(3_000);
    await checkpointer.end();
    expect((await store.load())?.lowWatermark).toBe(clock.now());
  });

  it.each([{ flush: true }, { flush: false }])(
    'is of no age any more once the term is over (%j)',
    async (how) => {
      const checkpointer = await begin();
      store.failing = true;
      checkpointer.settled(position('a'));
      await clock.advance(10_000);
      const round = checkpointer.flush();
      const ended = checkpointer.end(how);
      await Promise.all([round, ended]);
      expect(metrics.take().gauges.get('CheckpointAge')).toBe(0);
      await clock.advance(10_000);
      expect(metrics.take().gauges.get('CheckpointAge') ?? 0).toBe(0);
    },
  );

  it('writes nothing at the end of a lost term, and begins another with what it is given', async () => {
    const checkpointer = await begin();
    checkpointer.settled(position('a'));
    await checkpointer.end({ flush: false });
    await checkpointer.begin(2, checkpoint(clock.now(), [position('b')]));
    checkpointer.settled(position('c'));
    await clock.advance(2_000);
    expect(await keys()).toEqual([position('b').key, position('c').key]);
  });
});
