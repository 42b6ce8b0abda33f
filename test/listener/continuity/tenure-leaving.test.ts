import { describe, expect, it } from 'vitest';
import { LEASE_MS, type Listener, Shard } from './shard.ts';
import { firstEventsOf, gapsOf } from './shard-events.ts';

const HANDOVER_MS = 60_000;

/** A holder and a standby that has been there for a while. */
async function startTwo() {
  const shard = new Shard();
  const holder = shard.start();
  holder.connect();
  await pass(shard, 2_000);
  const standby = shard.start();
  standby.connect();
  shard.notify('c', 'talk');
  await pass(shard, 20_000);
  return { shard, holder, standby };
}

/** Time goes on, and the server gives a sign of life every second. */
async function pass(shard: Shard, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    for (const listener of shard.listeners) listener.beat();
    await shard.clock.advance(Math.min(left, 1_000));
  }
}

/** Stops it, and tells whether it has stopped by now. */
function stopping(listener: Listener): { readonly done: () => boolean } {
  let done = false;
  void listener.stop(HANDOVER_MS).then(() => {
    done = true;
  });
  return { done: () => done };
}

const namesOf = (shard: Shard) => firstEventsOf(shard).flatMap(({ name }) => name ?? []);

describe('a holder that is told to stop while the bus is slow', () => {
  it('leaves word of what it has parked', async () => {
    const { shard, holder } = await startTwo();
    shard.busMs = 60_000;
    shard.parkMs = 1_000;
    const { positions: before } = (await shard.checkpoints.load()) ?? { positions: new Map() };
    expect(before.get('c')?.version).toBe(1);
    shard.notify('c', 'hold');
    const stopped = stopping(holder);
    let found: number | undefined;
    const load = shard.checkpoints.load.bind(shard.checkpoints);
    shard.checkpoints.load = async () => {
      const checkpoint = await load();
      found ??= checkpoint?.positions.get('c')?.version;
      return checkpoint;
    };
    await pass(shard, 20_000);
    expect(stopped.done()).toBe(true);
    expect(shard.parked).toHaveLength(1);
    expect(found).toBe(2);
  });
});

describe('a listener whose socket is lost while it takes the lease', () => {
  it('offers it to one that is live', async () => {
    const shard = new Shard();
    const swap = shard.leases.swap.bind(shard.leases);
    shard.leases.swap = async (nonce, next) => {
      const isWritten = await swap(nonce, next);
      await shard.clock.sleep(100);
      return isWritten;
    };
    const listener = shard.start();
    listener.connect();
    await shard.clock.advance(50);
    listener.disconnect();
    const other = shard.start();
    other.connect();
    await pass(shard, 2 * LEASE_MS);
    expect(shard.holder).toBe(other);
  });
});

describe('a standby that is told to stop', () => {
  it('goes as soon as the holder has given a sign of life', async () => {
    const { shard, holder, standby } = await startTwo();
    const stopped = stopping(standby);
    await pass(shard, LEASE_MS);
    expect(stopped.done()).toBe(true);
    expect(shard.holder).toBe(holder);
  });

  it('steps in when the holder has just died, and goes when the next one is there: no gap, and nothing missing', async () => {
    const { shard, holder, standby } = await startTwo();
    holder.kill();
    const stopped = stopping(standby);
    const names = [shard.notify('c', 'hold')];
    await pass(shard, 10_000);
    expect(stopped.done()).toBe(false);
    expect(shard.holder).toBe(standby);
    names.push(shard.notify('c', 'talk'));
    const next = shard.start();
    next.connect();
    await pass(shard, 10_000);
    expect(stopped.done()).toBe(true);
    expect(shard.holder).toBe(next);
    names.push(shard.notify('c', 'hold'));
    await pass(shard, 2_000);
    expect(namesOf(shard)).toEqual(['n1', ...names]);
    expect(gapsOf(shard).detected).toEqual([]);
  });

  it('goes at once when it has no connection to step in with', async () => {
    const { shard, holder, standby } = await startTwo();
    standby.disconnect();
    holder.kill();
    const stopped = stopping(standby);
    await pass(shard, 1_000);
    expect(stopped.done()).toBe(true);
  });

  it('begins no term any more once it has gone, whoever dies then', async () => {
    const { shard, holder, standby } = await startTwo();
    const gone = standby.tenure.handOver(HANDOVER_MS);
    await pass(shard, 2_000);
    expect(await gone).toBe(true);
    holder.kill();
    await pass(shard, 4 * LEASE_MS);
    expect(shard.holder).toBeUndefined();
  });
});

it('a holder that is told to stop offers its lease again when its socket was lost and came back meanwhile', async () => {
  const { shard, holder, standby } = await startTwo();
  standby.disconnect();
  const stopped = stopping(holder);
  await pass(shard, 2_000);
  holder.disconnect();
  await pass(shard, 1_000);
  holder.connect();
  await pass(shard, 1_000);
  standby.connect();
  await pass(shard, 10_000);
  expect(shard.holder).toBe(standby);
  expect(stopped.done()).toBe(true);
});
