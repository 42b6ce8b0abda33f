import { describe, expect, it } from 'vitest';
import { LEASE_MS, type Listener, type Shard } from './shard.ts';
import { eventsOf, gapsOf } from './shard-events.ts';
import { claimedByOneWhoDies, pass, startAlone } from './shard-passing.ts';

describe('a listener that loses its lease and takes it back', () => {
  it('goes on counting, so that no two changes have one id, and leaves nothing out', async () => {
    const { shard, listener } = await startAlone();
    const states = ['mute', 'talk'];
    const told: string[] = [];
    const change = async (ms: number) => {
      told.push(shard.notify('c', states[told.length % 2] ?? ''));
      await pass(shard, ms);
    };
    await change(3_000);
    await change(100);
    await change(100);
    // Its record is gone, and with it what it has published since the checkpoint was written.
    const record = await shard.leases.read();
    await shard.leases.swap(record?.nonce, {
      holder: 'nobody',
      epoch: (record?.epoch ?? 0) + 1,
      nonce: 'x',
      state: 'held',
    });
    await pass(shard, 1_500);
    expect(listener.tenure.role).toBe('standby');
    for (let n = 0; n < 3; n++) await change(300);
    await pass(shard, 3 * LEASE_MS);
    expect(listener.tenure.role).toBe('holder');
    await change(1_000);
    const events = eventsOf(shard).filter(({ name }) => name !== undefined);
    expect(events.map(({ name }) => name)).toEqual(told);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(told.length);
    const versions = events.map(({ conversation }) => conversation?.version ?? 0);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  });

  /** Loses the lease for want of a store, which it has back before anybody else could take it. */
  async function loseAndTakeBack(shard: Shard, listener: Listener): Promise<void> {
    listener.leaseless = new Error('no answer');
    await pass(shard, LEASE_MS + 500);
    expect(listener.tenure.role).toBe('standby');
    listener.leaseless = undefined;
    await pass(shard, 2_000);
    expect(listener.tenure.role).toBe('holder');
  }

  it('writes down what it had told before, though nothing could be written then', async () => {
    const { shard, listener } = await startAlone();
    await pass(shard, 3_000);
    const append = shard.checkpoints.append.bind(shard.checkpoints);
    shard.checkpoints.append = async () => Promise.reject(new Error('no answer'));
    for (const state of ['talk', 'hold', 'mute']) shard.notify('c', state);
    await loseAndTakeBack(shard, listener);
    shard.checkpoints.append = append;
    await pass(shard, 3_000);
    expect((await shard.checkpoints.load())?.positions.get('c')?.version).toBe(3);
    expect(gapsOf(shard).detected).toEqual([]);
  });

  it('goes on with what it remembers, if another one claimed it and died: each change once, and all written down', async () => {
    const { shard, listener } = await startAlone();
    await pass(shard, 3_000);
    const append = shard.checkpoints.append.bind(shard.checkpoints);
    shard.checkpoints.append = async () => Promise.reject(new Error('no answer'));
    const told = ['talk', 'hold', 'mute'].map((state) => shard.notify('c', state));
    void listener.tenure.handOver(60_000);
    claimedByOneWhoDies(shard);
    await pass(shard, 4_000);
    expect(listener.log.map(({ msg }) => msg)).toContain('another listener has claimed the lease');
    told.push(shard.notify('c', 'talk'));
    await pass(shard, 3 * LEASE_MS);
    expect(shard.holder).toBe(listener);
    shard.checkpoints.append = append;
    await pass(shard, 3_000);
    const events = eventsOf(shard).filter(({ name }) => name !== undefined);
    expect(events.map(({ name }) => name)).toEqual(told);
    expect((await shard.checkpoints.load())?.positions.get('c')?.version).toBe(4);
    expect(gapsOf(shard).detected).toEqual([]);
  });

  it('sends nothing of what it left before it is known whether another one has published', async () => {
    const { shard, listener } = await startAlone();
    const other = shard.start();
    other.connect();
    shard.notify('c', 'talk');
    await pass(shard, 3_000);
    shard.takesNothing = true;
    for (const state of ['hold', 'mute']) shard.notify('c', state);
    await pass(shard, 500);
    listener.leaseless = new Error('no answer');
    await pass(shard, LEASE_MS);
    expect(listener.tenure.role).toBe('standby');
    listener.leaseless = undefined;
    shard.takesNothing = false;
    await pass(shard, 500);
    expect(shard.holder).toBe(other);
    shard.notify('c', 'talk');
    await pass(shard, 500);
    const load = shard.checkpoints.load.bind(shard.checkpoints);
    shard.checkpoints.load = async () => {
      await shard.clock.sleep(1_500);
      return load();
    };
    other.disconnect();
    await pass(shard, 6_000);
    expect(shard.holder).toBe(listener);
    const versions = eventsOf(shard).flatMap(({ conversation }) => conversation?.version ?? []);
    expect(versions.length).toBeGreaterThan(3);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  });

  it('takes over as if for the first time, if it lost the lease before the checkpoint was read', async () => {
    const { shard, listener } = await startAlone();
    for (const state of ['talk', 'hold', 'mute']) shard.notify('c', state);
    await pass(shard, 5_000);
    listener.kill();
    const load = shard.checkpoints.load.bind(shard.checkpoints);
    shard.checkpoints.load = async () => {
      await shard.clock.sleep(LEASE_MS + 1_000);
      return load();
    };
    const successor = shard.start();
    successor.connect();
    await pass(shard, LEASE_MS + 1_000);
    expect(await shard.leases.read()).toMatchObject({ state: 'held' });
    successor.leaseless = new Error('no answer');
    await pass(shard, LEASE_MS + 500);
    successor.leaseless = undefined;
    shard.checkpoints.load = load;
    await pass(shard, 10_000);
    expect(successor.tenure.role).toBe('holder');
    shard.notify('c', 'talk');
    await pass(shard, 1_000);
    const last = eventsOf(shard).findLast(({ name }) => name !== undefined);
    expect(last?.conversation?.version).toBeGreaterThan(3);
  });

  it('closes a gap that it had told before, though that could not be written down', async () => {
    const { shard, listener } = await startAlone();
    shard.notify('c', 'talk');
    await pass(shard, 3_000);
    const append = shard.checkpoints.append.bind(shard.checkpoints);
    shard.checkpoints.append = async () => Promise.reject(new Error('no answer'));
    listener.disconnect();
    await pass(shard, 5_000);
    listener.connect();
    await pass(shard, 500);
    expect(gapsOf(shard).detected).toHaveLength(1);
    await loseAndTakeBack(shard, listener);
    shard.checkpoints.append = append;
    await pass(shard, 40_000);
    expect(gapsOf(shard).closed).toEqual(gapsOf(shard).detected);
    expect(gapsOf(shard).closed).toHaveLength(1);
  });
});
