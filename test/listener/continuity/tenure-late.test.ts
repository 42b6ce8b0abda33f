import { describe, expect, it } from 'vitest';
import { bodyOf, type Shard } from './shard.ts';
import { eventsOf, firstEventsOf, gapsOf } from './shard-events.ts';
import { pass, startAlone } from './shard-passing.ts';

const namesOf = (shard: Shard) => firstEventsOf(shard).flatMap(({ name }) => name ?? []);

describe('a standby that read late', () => {
  const stateOf = (shard: Shard) =>
    eventsOf(shard).flatMap(({ name, backfilled }) => name ?? (backfilled ? 'backfilled' : []));

  it('tells a gap when it takes over, and publishes nothing older than its predecessor has, but what is true now', async () => {
    const { shard, listener } = await startAlone();
    const standby = shard.start();
    standby.connect();
    await pass(shard, 10_000);
    standby.fallBehind();
    const names = [];
    for (const state of ['talk', 'hold', 'mute']) {
      names.push(shard.notify('c', state));
      await pass(shard, 4_000);
    }
    listener.kill();
    standby.catchUp();
    shard.rest.set('c', JSON.parse(bodyOf('c', 'mute')));
    await pass(shard, 30_000);
    expect(standby.tenure.role).toBe('holder');
    expect(stateOf(shard)).toEqual([...names, 'backfilled']);
    const { detected, closed } = gapsOf(shard);
    expect(detected).toHaveLength(1);
    expect(closed).toEqual(detected);
  });

  it.each([-15_000, 15_000])(
    'leaves nothing out when the clocks were set by %i ms meanwhile',
    async (step) => {
      const { shard, listener } = await startAlone();
      const standby = shard.start();
      standby.connect();
      const told: string[] = [];
      const change = async (ms: number) => {
        for (const id of ['c', 'd']) told.push(shard.notify(id, told.length % 4 < 2 ? 'talk' : 'hold'));
        await pass(shard, ms);
      };
      for (let n = 0; n < 12; n++) await change(1_000);
      listener.kill();
      shard.clock.step(step);
      for (let n = 0; n < 12; n++) await change(500);
      await pass(shard, 10_000);
      expect(standby.tenure.role).toBe('holder');
      expect(new Set(namesOf(shard))).toEqual(new Set(told));
    },
  );

  it('does not take over before it has read what had piled up', async () => {
    const { shard, listener } = await startAlone();
    const standby = shard.start();
    standby.connect();
    await pass(shard, 10_000);
    standby.fallBehind();
    listener.kill();
    shard.notify('c', 'talk');
    await pass(shard, 10_000);
    expect(standby.tenure.role).toBe('standby');
    standby.catchUp();
    await pass(shard, 5_000);
    expect(standby.tenure.role).toBe('holder');
  });

  it('goes on counting where its predecessor stopped when nothing was missed', async () => {
    const { shard, listener } = await startAlone();
    const standby = shard.start();
    standby.connect();
    await pass(shard, 30_000);
    for (const state of ['talk', 'hold']) shard.notify('c', state);
    await pass(shard, 100);
    listener.kill();
    await pass(shard, 10_000);
    shard.notify('c', 'mute');
    await pass(shard, 1_000);
    const versions = firstEventsOf(shard).flatMap(({ conversation }) => conversation?.version ?? []);
    expect(versions).toEqual([1, 2, 3]);
  });

  it('counts what nothing is known of from where its predecessor did', async () => {
    const { shard, listener } = await startAlone();
    shard.notify('c', 'talk');
    await pass(shard, 5_000);
    listener.kill();
    const [second, third] = [shard.start(), shard.start()];
    for (const each of [second, third]) each.connect();
    await pass(shard, 60_000);
    const holder = shard.holder;
    // Neither is written down yet.
    for (const state of ['talk', 'hold']) shard.notify('new', state);
    await pass(shard, 100);
    holder?.kill();
    await pass(shard, 20_000);
    shard.notify('new', 'mute');
    await pass(shard, 1_000);
    const told = firstEventsOf(shard).filter(({ conversation }) => conversation?.id === 'new');
    expect(told).toHaveLength(3);
    const [first = 0, ...others] = told.map(({ conversation }) => conversation?.version ?? 0);
    expect(first).toBeGreaterThan(1_000);
    expect(others).toEqual([first + 1, first + 2]);
  });

  it('takes over without a gap when that is long ago', async () => {
    const { shard, listener } = await startAlone();
    const standby = shard.start();
    standby.connect();
    await pass(shard, 10_000);
    standby.fallBehind();
    await pass(shard, 5_000);
    standby.catchUp();
    await pass(shard, 30_000);
    listener.kill();
    await pass(shard, 10_000);
    expect(standby.tenure.role).toBe('holder');
    expect(gapsOf(shard).detected).toEqual([]);
  });
});
