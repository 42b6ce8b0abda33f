import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { MemoryCheckpointStore } from '../../../listener/continuity/memory-checkpoint-store.ts';
import { MemoryLeaseStore } from '../../../listener/continuity/memory-lease-store.ts';
import { Tenure } from '../../../listener/continuity/tenure.ts';
import type { TenureWork } from '../../../listener/continuity/tenure-work.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';
import { Shard } from './shard.ts';
import { firstEventsOf, gapsOf } from './shard-events.ts';

const LEASE_MS = 3_000;

/** Two listeners of a shard whose sockets bring nothing but what they are asked for. */
function quietShard({ isAlive = true } = {}) {
  const clock = new ManualClock();
  const stores = { leases: new MemoryLeaseStore(), checkpoints: new MemoryCheckpointStore() };
  const listener = (holderId: string) => {
    const done: string[] = [];
    let lastSignAt: number | undefined;
    const work: TenureWork = {
      api: {
        conversation: async () => undefined,
        conversationsBetween: async function* () {
          yield* [];
          return undefined;
        },
      },
      takeOver: () => done.push('take over'),
      goOn: () => done.push('go on'),
      keptSince: undefined,
      isBehind: false,
      promptSince: undefined,
      standDown: () => done.push('stand down'),
      disown: () => done.push('disown'),
      caughtUp: () => undefined,
      settle: async () => true,
      abandon: () => done.push('abandon'),
      oldestUnsettled: undefined,
      get lastSignAt() {
        return lastSignAt;
      },
      showsLife: async () => {
        if (isAlive) lastSignAt = clock.now();
        return isAlive;
      },
      openConversations: () => [],
      versionOf: () => undefined,
      countOf: () => undefined,
      knownEndOf: () => undefined,
      backfill: () => 'unchanged',
      announce: ({ kind }) => done.push(kind),
    };
    const tenure = new Tenure({
      work,
      ...stores,
      holderId,
      leaseMs: LEASE_MS,
      analyticsLagMs: 0,
      clock,
      logger: pino({ level: 'silent' }),
      metrics: new MetricsAggregate(),
    });
    const goLive = () => {
      lastSignAt = clock.now();
      tenure.live();
    };
    tenure.start();
    return { tenure, done, goLive };
  };
  return { clock, listener };
}

/** The first one has been quiet for long when the second one, just live, takes over. */
async function handedOver(shard: ReturnType<typeof quietShard>) {
  const { clock, listener } = shard;
  const first = listener('first');
  first.goLive();
  await clock.advance(25_000);
  const second = listener('second');
  const taken = first.tenure.handOver(60_000);
  second.goLive();
  await clock.advance(20_000);
  expect(await taken).toBe(true);
  return { first, second };
}

describe('a successor that takes over in the moment in which it is live', () => {
  it('sees no gap, however long nothing had come, since its predecessor shows that it was there', async () => {
    const { first, second } = await handedOver(quietShard());
    expect(first.done).toEqual(['take over', 'stand down']);
    expect(second.done).toEqual(['take over']);
  });

  it('sees one when its predecessor can’t show it', async () => {
    const { second } = await handedOver(quietShard({ isAlive: false }));
    expect(second.done[0]).toBe('take over');
    expect(second.done.length).toBeGreaterThan(1);
  });
});

it.each([100, 1_500, 2_300, 3_000, 4_500])(
  'nothing is missing when the bus takes %i ms over what a predecessor has accepted last',
  async (ms) => {
    const shard = new Shard();
    const first = shard.start();
    first.connect();
    await shard.clock.advance(5_000);
    const second = shard.start();
    second.connect();
    void first.stop(60_000);
    const names: string[] = [];
    for (let step = 0; step < 40; step += 1) {
      names.push(shard.notify(`c${step}`, 'talk'));
      shard.busMs = ms;
      await shard.clock.advance(250);
    }
    expect(shard.holder).toBe(second);
    await shard.clock.advance(20_000);
    const told = firstEventsOf(shard).flatMap(({ name }) => name ?? []);
    expect(new Set(told)).toEqual(new Set(names));
    expect(gapsOf(shard).detected).toEqual([]);
  },
);
