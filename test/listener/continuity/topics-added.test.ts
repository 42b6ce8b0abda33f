import { describe, expect, it } from 'vitest';
import { bodyOf, type Listener, type Shard } from './shard.ts';
import { firstEventsOf, gapsOf } from './shard-events.ts';
import { pass, startAlone } from './shard-passing.ts';

/** Topics are subscribed to that a look some time ago did not find. */
function addTopics(shard: Shard, { tenure }: Listener, msAgo: number): void {
  tenure.topicsAdded(shard.clock.now() - msAgo);
}

const reasonsOf = (shard: Shard) =>
  firstEventsOf(shard).flatMap(({ detailType, gap }) =>
    detailType === 'Bridge Gap Detected' && gap ? [gap.reason] : [],
  );

describe('topics that are added', () => {
  it('are a gap since the look before, and what they tell of is asked for', async () => {
    const { shard, listener } = await startAlone();
    shard.notify('c', 'talk');
    await pass(shard, 30_000);
    shard.rest.set('c', JSON.parse(bodyOf('c', 'hold')));
    const missedFrom = shard.clock.now() - 10_000;
    addTopics(shard, listener, 10_000);
    await pass(shard, 40_000);
    const [told] = firstEventsOf(shard).flatMap(({ gap }) => gap ?? []);
    expect(told?.reason).toBe('topics-added');
    expect(Date.parse(told?.from ?? '')).toBeLessThanOrEqual(missedFrom);
    expect(gapsOf(shard)).toEqual({ detected: [told?.id], closed: [told?.id] });
    expect(firstEventsOf(shard).filter(({ backfilled }) => backfilled)).toHaveLength(1);
  });

  it('while a connection is made anew are told once it is live', async () => {
    const { shard, listener } = await startAlone();
    await pass(shard, 5_000);
    listener.disconnect();
    await pass(shard, 2_000);
    addTopics(shard, listener, 60_000);
    expect(reasonsOf(shard)).toEqual([]);
    listener.connect();
    await pass(shard, 40_000);
    expect(reasonsOf(shard).toSorted()).toEqual(['socket-closed', 'topics-added']);
    expect(gapsOf(shard).closed).toHaveLength(2);
  });

  it('to a standby are no gap, unless its predecessor had received what they tell and dies before that is told', async () => {
    const takeOver = async (msBefore: number) => {
      const { shard, listener } = await startAlone();
      const standby = shard.start();
      standby.connect();
      await pass(shard, 60_000 - msBefore);
      addTopics(shard, standby, 10_000);
      await pass(shard, msBefore);
      listener.kill();
      await pass(shard, 60_000);
      expect(shard.holder).toBe(standby);
      return reasonsOf(shard);
    };
    expect(await takeOver(40_000)).toEqual([]);
    expect(await takeOver(1_000)).toEqual(['takeover']);
  });
});
