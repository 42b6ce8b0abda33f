import { describe, expect, it } from 'vitest';
import { bodyOf, LEASE_MS, type Listener, type Shard } from './shard.ts';
import { eventsOf, firstEventsOf, gapsOf } from './shard-events.ts';
import { pass, startAlone } from './shard-passing.ts';

const namesOf = (shard: Shard) => firstEventsOf(shard).flatMap(({ name }) => name ?? []);
const gaugeOf = ({ metrics }: Listener, name: 'GapsOpen' | 'CheckpointAge') =>
  metrics.take().gauges.get(name);

describe('a listener that starts after another one was killed', () => {
  it('tells a gap from the low-watermark on, less a margin, and closes it with what REST says', async () => {
    const { shard, listener } = await startAlone();
    shard.notify('c', 'talk');
    await pass(shard, 20_000);
    const killedAt = shard.clock.now();
    listener.kill();
    await pass(shard, 30_000);
    shard.rest.set('c', JSON.parse(bodyOf('c', 'hold')));
    const successor = shard.start();
    successor.connect();
    await pass(shard, 40_000);
    const [detected] = firstEventsOf(shard).flatMap(({ gap }) => gap ?? []);
    const from = Date.parse(detected?.from ?? '');
    expect(from).toBeLessThan(killedAt);
    expect(from).toBeGreaterThan(killedAt - 20_000);
    expect(gapsOf(shard)).toEqual({ detected: [detected?.id], closed: [detected?.id] });
    const [told, filled] = firstEventsOf(shard).filter(({ conversation }) => conversation?.id === 'c');
    expect(told).toMatchObject({ backfilled: false, conversation: { version: 1 } });
    expect(filled).toMatchObject({ backfilled: true });
    expect(filled?.conversation?.version).toBeGreaterThan(told?.conversation?.version ?? 0);
  });

  it('goes on from a version that its predecessor can not have told, though it was not written down', async () => {
    const { shard, listener } = await startAlone();
    shard.notify('c', 'talk');
    await pass(shard, 3_000);
    const { positions } = (await shard.checkpoints.load()) ?? { positions: new Map() };
    for (let n = 0; n < 20; n++) {
      shard.notify('c', n % 2 === 0 ? 'hold' : 'talk');
      await shard.clock.advance(50);
    }
    listener.kill();
    const told = Math.max(...eventsOf(shard).map(({ conversation }) => conversation?.version ?? 0));
    expect(told).toBeGreaterThan(positions.get('c')?.version ?? 0);
    shard.rest.set('c', JSON.parse(bodyOf('c', 'mute')));
    const successor = shard.start();
    successor.connect();
    await pass(shard, 40_000);
    const filled = eventsOf(shard).find(({ backfilled }) => backfilled);
    expect(filled?.conversation?.version).toBeGreaterThan(told);
  });

  it('tells a gap, and what is true now under a version that a term can not have told of which nothing was written down', async () => {
    const { shard, listener } = await startAlone();
    const standby = shard.start();
    standby.connect();
    shard.notify('c', 'talk');
    await pass(shard, 30_000);
    standby.leaseless = new Error('no answer');
    listener.kill();
    const between = shard.start();
    between.connect();
    shard.checkpoints.replace = async () => Promise.reject(new Error('no answer'));
    await pass(shard, 10_000);
    expect(between.tenure.role).toBe('holder');
    shard.notify('c', 'hold');
    await pass(shard, 100);
    between.kill();
    const told = Math.max(...eventsOf(shard).map(({ conversation }) => conversation?.version ?? 0));
    shard.notify('c', 'mute');
    shard.rest.set('c', JSON.parse(bodyOf('c', 'mute')));
    standby.leaseless = undefined;
    await pass(shard, 40_000);
    expect(standby.tenure.role).toBe('holder');
    const last = eventsOf(shard).findLast(({ conversation }) => conversation?.id === 'c');
    expect(last).toMatchObject({ backfilled: true });
    expect(last?.conversation?.version).toBeGreaterThan(told);
    const { detected, closed } = gapsOf(shard);
    expect(detected).toHaveLength(2);
    expect(closed).toEqual(detected.slice(1));
  });

  it('asks only when what it had kept is accepted, which is older than an answer', async () => {
    const { shard, listener } = await startAlone();
    shard.notify('c', 'talk');
    await pass(shard, 5_000);
    listener.kill();
    const successor = shard.start();
    successor.connect();
    await shard.clock.advance(500);
    shard.hasRoom = false;
    shard.notify('c', 'hold');
    shard.rest.set('c', JSON.parse(bodyOf('c', 'mute')));
    await pass(shard, 100_000);
    expect(successor.tenure.role).toBe('holder');
    expect(eventsOf(shard).filter(({ backfilled }) => backfilled)).toEqual([]);
    shard.hasRoom = true;
    shard.notify('d', 'talk');
    await pass(shard, 40_000);
    const told = eventsOf(shard).filter(({ conversation }) => conversation?.id === 'c');
    expect(told.map(({ backfilled }) => backfilled)).toEqual([false, false, true]);
    expect(gapsOf(shard).closed).toEqual(gapsOf(shard).detected);
  });

  it('takes up the gaps that were open, under the same ids, and closes each once', async () => {
    const { shard, listener } = await startAlone();
    listener.disconnect();
    await pass(shard, 10_000);
    const { detected } = gapsOf(shard);
    expect(detected).toHaveLength(1);
    listener.kill();
    const successor = shard.start();
    successor.connect();
    await pass(shard, 40_000);
    expect(gapsOf(shard)).toEqual({ detected, closed: detected });
    const last = eventsOf(shard).findLast(({ gap }) => gap !== undefined)?.gap;
    expect(Date.parse(last?.until ?? '')).toBeGreaterThanOrEqual(Date.parse(last?.from ?? ''));
  });

  it('tells a gap of its own beside one that had ended before its predecessor died', async () => {
    const { shard, listener } = await startAlone();
    listener.disconnect();
    await pass(shard, 10_000);
    listener.connect();
    await pass(shard, 1_000);
    const { detected } = gapsOf(shard);
    expect(detected).toHaveLength(1);
    const killedAt = shard.clock.now();
    listener.kill();
    await pass(shard, 10_000);
    const successor = shard.start();
    successor.connect();
    await pass(shard, 60_000);
    const gaps = firstEventsOf(shard).flatMap(({ gap }) => gap ?? []);
    const covers = ({ from, until }: { from: string; until?: string | undefined }) =>
      Date.parse(from) < killedAt && Date.parse(until ?? '') > killedAt + 9_000;
    expect(gaps.some(covers)).toBe(true);
    expect(gapsOf(shard).detected).toHaveLength(2);
    expect(gapsOf(shard).closed).toHaveLength(2);
  });

  it('takes up a gap that is younger than its own connection without a time that goes backwards', async () => {
    const { shard, listener } = await startAlone();
    const standby = shard.start();
    standby.connect();
    await pass(shard, 20_000);
    // The gap is told before the standby has the lease, since that takes its time here.
    standby.unreadable = new Error('not now');
    listener.disconnect();
    await pass(shard, 5_000);
    listener.connect();
    await pass(shard, 1_000);
    listener.kill();
    standby.unreadable = undefined;
    await pass(shard, 40_000);
    for (const { gap } of eventsOf(shard))
      if (gap?.until !== undefined) expect(gap.until >= gap.from).toBe(true);
    const { detected, closed } = gapsOf(shard);
    expect(closed).toEqual(detected);
  });
});

describe('a standby', () => {
  it('whose memory does not reach back to the low-watermark tells a gap', async () => {
    const { shard, listener } = await startAlone();
    const standby = shard.start();
    standby.connect();
    await pass(shard, 20_000);
    standby.unreadable = new Error('not now');
    listener.kill();
    // More than it keeps; and each frame is one more that it has to let go of.
    for (let n = 0; n < 100; n++) {
      shard.notify('c', 'talk');
      await pass(shard, 1_000);
    }
    standby.unreadable = undefined;
    await pass(shard, 30_000);
    expect(standby.tenure.role).toBe('holder');
    expect(gapsOf(shard).detected).toHaveLength(1);
  });

  it('parks what was refused meanwhile, once, and not what the holder has parked', async () => {
    const { shard, listener } = await startAlone();
    const standby = shard.start();
    standby.connect();
    await pass(shard, 16_000);
    for (const each of [listener, standby]) each.receive('before');
    await pass(shard, 5_000);
    void listener.stop(90_000);
    await pass(shard, 3_000);
    expect(standby.tenure.role).toBe('holder');
    expect(shard.parked).toHaveLength(1);
    const third = shard.start();
    third.connect();
    await pass(shard, 16_000);
    standby.kill();
    third.receive('after');
    await pass(shard, 2 * LEASE_MS);
    const bodies = shard.parked.map((item) => (item.kind === 'frame' ? item.body : item.kind));
    expect(bodies).toEqual(['before', 'after']);
  });
});

describe('a checkpoint that cannot be read', () => {
  it('is no empty one: nothing is taken over, it is said and counted, and tried again', async () => {
    const { shard, listener } = await startAlone();
    for (let n = 0; n < 3; n++) {
      shard.notify('c', n % 2 === 0 ? 'talk' : 'hold');
      await pass(shard, 1_000);
    }
    await pass(shard, 3_000);
    listener.kill();
    const successor = shard.start();
    successor.unreadable = new Error('no such luck');
    successor.connect();
    await pass(shard, 20_000);
    expect(successor.tenure.role).toBe('standby');
    expect(successor.metrics.total('CheckpointFailures')).toBeGreaterThan(1);
    expect(successor.log.filter(({ msg }) => msg.includes('the checkpoint cannot be read'))).not.toEqual([]);
    const name = shard.notify('c', 'mute');
    expect(namesOf(shard)).toHaveLength(3);
    successor.unreadable = undefined;
    await pass(shard, 10_000);
    const event = firstEventsOf(shard).find((each) => each.name === name);
    expect(event?.conversation?.version).toBeGreaterThan(3);
  });

  it('leaves the lease to another listener that can read it', async () => {
    const { shard, listener } = await startAlone();
    const [first, second] = [shard.start(), shard.start()];
    first.unreadable = new Error('not here');
    for (const standby of [first, second]) standby.connect();
    await pass(shard, 10_000);
    listener.kill();
    await pass(shard, 5 * LEASE_MS);
    expect(second.tenure.held).toBe(true);
  });
});

describe('the low-watermark', () => {
  it('stays where the listener stood down while it waits for what it had accepted', async () => {
    const { shard, listener } = await startAlone();
    const standby = shard.start();
    standby.connect();
    await pass(shard, 10_000);
    shard.busMs = 6_500;
    shard.notify('c', 'talk');
    const stopped = listener.stop(30_000);
    await shard.clock.advance(3_000);
    for (let n = 0; n < 10; n++) {
      shard.notify(`d${n}`, 'talk');
      await shard.clock.advance(300);
      for (const each of shard.listeners) each.beat();
    }
    shard.busMs = 40;
    await pass(shard, 30_000);
    await stopped;
    expect(standby.tenure.role).toBe('holder');
    const told = new Set(eventsOf(shard).map(({ conversation }) => conversation?.id));
    expect([...told].filter((id) => id?.startsWith('d'))).toHaveLength(10);
  });

  it('passes neither what is not settled, nor an open gap, nor the last sign of life of the socket', async () => {
    const { shard, listener } = await startAlone();
    const { tenure } = listener;
    await pass(shard, 5_000);
    const silentSince = shard.clock.now() - 1_000;
    await shard.clock.advance(20_000);
    expect(tenure.lowWatermark).toBe(silentSince);
    listener.beat();
    expect(tenure.lowWatermark).toBe(shard.clock.now());
    shard.notify('c', 'talk');
    const receivedAt = shard.clock.now();
    listener.beat();
    await shard.clock.advance(20);
    listener.beat();
    expect(tenure.lowWatermark).toBe(receivedAt);
    await pass(shard, 1_000);
    expect(tenure.lowWatermark).toBeGreaterThan(receivedAt);
    listener.disconnect();
    const outage = tenure.lowWatermark;
    await pass(shard, 30_000);
    expect(tenure.lowWatermark).toBe(outage);
    listener.connect();
    await pass(shard, 2_000);
    expect(tenure.openGaps).toHaveLength(1);
    expect(tenure.lowWatermark).toBe(outage);
    await pass(shard, 30_000);
    expect(tenure.openGaps).toEqual([]);
    expect(tenure.lowWatermark).toBeGreaterThan(outage + 50_000);
  });
});

describe('a connection that is lost', () => {
  it('for a moment, with nobody to step in, is a gap from before it broke', async () => {
    const { shard, listener } = await startAlone();
    listener.disconnect();
    await pass(shard, 500);
    listener.connect();
    await pass(shard, 30_000);
    const { detected, closed } = gapsOf(shard);
    expect(detected).toHaveLength(1);
    expect(closed).toEqual(detected);
  });

  it('is no gap when a standby steps in, also not when it comes back meanwhile', async () => {
    const { shard, listener } = await startAlone();
    shard.start().connect();
    await pass(shard, 16_000);
    listener.disconnect();
    await pass(shard, 1_500);
    listener.connect();
    await pass(shard, 40_000);
    expect(listener.tenure.role).toBe('standby');
    expect(gapsOf(shard)).toEqual({ detected: [], closed: [] });
  });
});

describe('a term that is over', () => {
  it('leaves no figure up that would keep an alarm on', async () => {
    const { shard, listener } = await startAlone();
    listener.disconnect();
    await pass(shard, 10_000);
    expect(gaugeOf(listener, 'GapsOpen')).toBe(1);
    shard.start().connect();
    await pass(shard, 5_000);
    expect(listener.tenure.role).toBe('standby');
    expect(gaugeOf(listener, 'GapsOpen')).toBe(0);
    expect(gaugeOf(listener, 'CheckpointAge')).toBe(0);
  });
});
