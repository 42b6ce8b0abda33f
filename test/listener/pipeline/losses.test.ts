import { describe, expect, it } from 'vitest';
import { Losses } from '../../../listener/pipeline/losses.ts';
import { ManualClock } from '../../manual-clock.ts';
import { bodyOf, Shard } from '../continuity/shard.ts';
import { eventsOf, gapsOf } from '../continuity/shard-events.ts';
import { claimedByOneWhoDies, pass } from '../continuity/shard-passing.ts';

/** A listener whose small buffer has overflowed while neither the bus nor the parking lot took anything. */
async function startLosing() {
  const shard = new Shard();
  shard.bufferBytes = 4_000;
  const listener = shard.start();
  listener.connect();
  await pass(shard, 1_000);
  shard.notify('c', 'talk');
  await pass(shard, 5_000);
  shard.takesNothing = true;
  for (let n = 0; n < 40; n++) shard.notify(`d${n}`, 'talk');
  shard.notify('c', 'mute');
  await pass(shard, 5_000);
  expect(listener.metrics.total('EventsLost')).toBeGreaterThan(1);
  return { shard, listener };
}

/** Of each event of a conversation that is on the bus or parked: whether it was asked for. */
function toldOf({ onBus, parked }: Shard, id: string): boolean[] {
  const events = parked.filter((item) => item.kind === 'event');
  const all = [...eventsOf({ onBus }), ...eventsOf({ onBus: events })];
  return all.filter(({ conversation }) => conversation?.id === id).map(({ backfilled }) => backfilled);
}

describe('events that were lost', () => {
  it('are asked for, once events flow again, and told as a gap', async () => {
    const { shard } = await startLosing();
    for (const [id, state] of [
      ['c', 'mute'],
      ['d39', 'talk'],
    ] as const)
      shard.rest.set(id, JSON.parse(bodyOf(id, state)));
    shard.takesNothing = false;
    await pass(shard, 20_000);
    shard.notify('e', 'talk');
    await pass(shard, 60_000);
    for (const id of ['c', 'd39']) expect(toldOf(shard, id)).toContain(true);
    const { detected, closed } = gapsOf(shard);
    expect(detected).toHaveLength(1);
    expect(closed).toEqual(detected);
  });

  it('are asked for once the connection is back, if it is gone when events flow again', async () => {
    const { shard, listener } = await startLosing();
    shard.rest.set('c', JSON.parse(bodyOf('c', 'mute')));
    listener.disconnect();
    await pass(shard, 5_000);
    shard.takesNothing = false;
    await pass(shard, 20_000);
    listener.connect();
    await pass(shard, 1_000);
    shard.notify('e', 'talk');
    await pass(shard, 60_000);
    expect(toldOf(shard, 'c')).toContain(true);
    // One of the connection, which may be parked, and one of what was lost.
    expect(listener.metrics.total('GapsDetected')).toBe(2);
    expect(listener.metrics.total('GapsClosed')).toBe(2);
  });

  it('are told by a successor when the lease goes before they could be asked for', async () => {
    const { shard, listener } = await startLosing();
    shard.rest.set('c', JSON.parse(bodyOf('c', 'mute')));
    const successor = shard.start();
    successor.connect();
    await pass(shard, 2_000);
    void listener.stop(30_000);
    await pass(shard, 4_000);
    shard.takesNothing = false;
    await pass(shard, 60_000);
    expect(shard.holder).toBe(successor);
    expect(toldOf(shard, 'c')).toContain(true);
    expect(gapsOf(shard).detected).toHaveLength(1);
  });

  it('are asked for by the same listener if its term ended and whoever claimed the next one died', async () => {
    const { shard, listener } = await startLosing();
    shard.rest.set('c', JSON.parse(bodyOf('c', 'mute')));
    claimedByOneWhoDies(shard);
    void listener.tenure.handOver(60_000);
    await pass(shard, 15_000);
    expect(shard.holder).toBe(listener);
    shard.takesNothing = false;
    // What waits is parked after a backoff with jitter, and only an event after that finds that there is room.
    for (let n = 0; n < 7; n++) {
      shard.notify('e', 'talk');
      await pass(shard, 10_000);
    }
    await pass(shard, 30_000);
    expect(toldOf(shard, 'c')).toContain(true);
  });

  it('are not behind the low-watermark, nor where their conversation stands, if the listener ends before', async () => {
    const { shard, listener } = await startLosing();
    const lostAt = shard.clock.now() - 5_000;
    expect(listener.tenure.lowWatermark).toBeLessThanOrEqual(lostAt);
    expect((await shard.checkpoints.load())?.positions.get('c')?.version).toBe(1);
    shard.takesNothing = false;
    await pass(shard, 3_000);
    expect(listener.tenure.lowWatermark).toBeLessThanOrEqual(lostAt);
  });
});

describe('losses', () => {
  it('are over with the first event that is published when nothing was lost for a while, and most of what waited is gone', async () => {
    const clock = new ManualClock();
    const told: number[] = [];
    let pendingBytes = 800;
    let isTaken = false;
    const over = (from: number) => {
      told.push(from);
      return isTaken;
    };
    const losses = new Losses({ clock, pendingBytes: () => pendingBytes, over });
    losses.settled('published');
    losses.add(20);
    losses.add(10);
    losses.settled('published');
    await clock.advance(4_000);
    losses.add(30);
    await clock.advance(4_000);
    losses.settled('published');
    expect([told, losses.from]).toEqual([[], 10]);
    await clock.advance(1_000);
    losses.settled('parked');
    losses.settled('published');
    expect(told).toEqual([]);
    pendingBytes = 200;
    losses.settled('published');
    expect([told, losses.from]).toEqual([[10], 10]);
    isTaken = true;
    losses.settled('published');
    losses.settled('published');
    expect([told, losses.from]).toEqual([[10, 10], undefined]);
  });
});
