import { describe, expect, it } from 'vitest';
import type { EventBus } from '../../../listener/publish/event-bus.ts';
import { fencedBus } from '../../../listener/publish/fenced-bus.ts';
import { createHarness } from './harness.ts';
import { HeldBus, refused } from './held-bus.ts';

/** A harness whose bus is fenced off as `lease.held` says. */
function fencedHarness(options: Parameters<typeof createHarness>[0] = {}) {
  const lease = { held: true };
  let asked = 0;
  const inner = new HeldBus();
  const fenced = fencedBus(inner, () => lease.held);
  const bus: EventBus = {
    put: (entries) => {
      asked += 1;
      return fenced.put(entries);
    },
  };
  return { ...createHarness(options, bus), inner, lease, asked: () => asked };
}

describe('a fenced bus', () => {
  it('sends while the lease is held, and refuses without sending as soon as it is not', async () => {
    const inner = new HeldBus();
    let mayPublish = true;
    const bus = fencedBus(inner, () => mayPublish);
    const entry = { source: 's', detailType: 't', detail: 'd', time: new Date(0) };
    const sent = bus.put([entry]);
    inner.call(0).accept();
    expect(await sent).toHaveLength(1);
    mayPublish = false;
    await expect(bus.put([entry])).rejects.toMatchObject({ code: 'LeaseNotHeld', canRetry: true });
    expect(inner.calls).toHaveLength(1);
  });
});

describe('while the lease is not held', () => {
  it('waits however long it takes, parks nothing, and sends all of it in order once it is held again', async () => {
    const { clock, inner, lease, metrics, parking, publish, publisher, settle } = fencedHarness();
    lease.held = false;
    publish('a1', 'a');
    publish('a2', 'a');
    publish('b1', 'b');
    await clock.advance(3_600_000);
    expect(inner.calls).toHaveLength(0);
    expect(parking.calls).toBe(0);
    expect(publisher.stats()).toMatchObject({ pending: 3, parked: 0 });
    lease.held = true;
    await clock.advance(100);
    expect(inner.sent).toEqual([['a1', 'b1']]);
    inner.call(0).accept();
    await settle();
    expect(inner.sent).toEqual([['a1', 'b1'], ['a2']]);
    inner.call(1).accept();
    await settle();
    expect(publisher.stats()).toMatchObject({ pending: 0, published: 3 });
    expect(metrics.of('PublishRetries')).toBe(0);
    expect(metrics.of('PublishCallsFailed')).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('asks for the lease a few times a second, whatever comes in', async () => {
    const { asked, clock, lease, publish } = fencedHarness();
    lease.held = false;
    for (let second = 0; second < 10; second += 1) {
      for (let n = 0; n < 50; n += 1) publish(`${second}-${n}`);
      await clock.advance(1_000);
    }
    expect(asked()).toBeGreaterThan(50);
    // Ten times a second, as many requests at a time as may be in flight.
    expect(asked()).toBeLessThanOrEqual(101 * 8);
  });

  it('costs no attempt: the last one is still there when the lease is back', async () => {
    const { clock, inner, lease, parking, publish, settle } = fencedHarness({ maxAttempts: 2 });
    publish('e');
    await settle();
    inner.call(0).answer([refused('InternalFailure')]);
    lease.held = false;
    await clock.advance(60_000);
    lease.held = true;
    await clock.advance(100);
    expect(inner.calls).toHaveLength(2);
    inner.call(1).answer([refused('InternalFailure')]);
    await settle();
    expect(parking.parked.map(({ reason }) => reason)).toEqual([
      expect.objectContaining({ code: 'InternalFailure', attempts: 2 }),
    ]);
  });

  it('makes no event older: it retries for as long as it would have', async () => {
    const { clock, inner, lease, parking, publish, settle } = fencedHarness({ maxAgeMs: 1_000 });
    publish('e');
    await settle();
    inner.call(0).answer([refused('InternalFailure')]);
    await settle();
    lease.held = false;
    await clock.advance(50_000);
    lease.held = true;
    await clock.advance(100);
    inner.call(1).answer([refused('InternalFailure')]);
    await clock.advance(200);
    expect(parking.calls).toBe(0);
    expect(inner.calls).toHaveLength(3);
    await clock.advance(900);
    inner.call(2).answer([refused('InternalFailure')]);
    await settle();
    expect(parking.parked).toHaveLength(1);
  });

  it('parks what is left at the deadline of a drain', async () => {
    const { clock, lease, parking, publish, publisher, settle } = fencedHarness();
    lease.held = false;
    publish('e');
    await settle();
    const drained = publisher.drain(1_000);
    await clock.advance(1_000);
    expect(await drained).toMatchObject({ inTime: false, parked: 1, pending: 0 });
    expect(parking.parked[0]?.reason).toMatchObject({ code: 'DrainDeadline', attempts: 0 });
    expect(clock.pending).toBe(0);
  });

  it('says so in the log, and not at each try', async () => {
    const { clock, lease, lines, publish } = fencedHarness();
    lease.held = false;
    publish('e');
    await clock.advance(29_000);
    expect(lines.filter(({ code }) => code === 'LeaseNotHeld')).toHaveLength(1);
  });
});
