import { describe, expect, it } from 'vitest';
import { createHarness } from './harness.ts';
import { refused } from './held-bus.ts';

function diskFull(): Promise<never> {
  return Promise.reject(new Error('no space left on device'));
}

const FRAME = {
  kind: 'frame',
  receivedAt: '2026-01-05T09:00:00.000Z',
  encoding: 'utf8',
  body: 'x'.repeat(10),
} as const;

describe('abandoning', () => {
  it('parks what is unacknowledged with the code: in flight, waiting for a retry and queued', async () => {
    const { bus, parking, publish, publisher, settle } = createHarness();
    publish('retrying', 'r');
    await settle();
    bus.call(0).answer([refused('InternalFailure')]);
    await settle();
    publish('in flight', 'f');
    publish('queued', 'f');
    await settle();
    publisher.abandon('LeaseLost', 'another listener publishes');
    await settle();
    expect(parking.eventIds).toEqual(['retrying', 'in flight', 'queued']);
    expect(parking.parked.map(({ reason }) => reason)).toEqual(
      [1, 1, 0].map((attempts) => ({ code: 'LeaseLost', message: 'another listener publishes', attempts })),
    );
    expect(publisher.stats()).toMatchObject({ accepted: 3, parked: 3, pending: 0, keys: 0 });
  });

  it.each([
    ['accepts', (call: { accept(): void }) => call.accept()],
    ['fails', (call: { fail(error: Error): void }) => call.fail(new Error('reset'))],
  ])('leaves the books alone when the bus %s after all, and goes on', async (_name, answer) => {
    const { bus, clock, parking, publish, publisher, settle } = createHarness();
    publish('before', 'k');
    publish('behind', 'k');
    await settle();
    publisher.abandon('LeaseLost', 'gone');
    publish('after', 'k');
    await settle();
    answer(bus.call(0));
    await clock.advance(60_000);
    expect(parking.eventIds).toEqual(['before', 'behind']);
    expect(bus.sent).toEqual([['before'], ['after']]);
    bus.call(1).accept();
    await settle();
    expect(publisher.stats()).toMatchObject({
      accepted: 3,
      published: 1,
      parked: 2,
      pending: 0,
      inFlight: 0,
    });
    expect(clock.pending).toBe(0);
  });
});

describe('settling', () => {
  it('resolves at once when nothing is pending, and closes nothing', async () => {
    const { bus, publish, publisher, settle } = createHarness();
    expect(await publisher.settle(0)).toBe(true);
    publish('e');
    await settle();
    expect(bus.sent).toEqual([['e']]);
  });

  it('waits for the bus and the parking lot, for everybody who asks', async () => {
    const { bus, clock, parking, publish, publisher, settle } = createHarness();
    parking.script.push(diskFull);
    publish('taken');
    publish('bad');
    await settle();
    const heard: string[] = [];
    void publisher.settle(10_000).then((empty) => heard.push(`first ${empty}`));
    void publisher.settle(10_000).then((empty) => heard.push(`second ${empty}`));
    bus.call(0).answer([{ accepted: true, busEventId: 'b' }, refused('MalformedDetail')]);
    await clock.advance(99);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual(['first true', 'second true']);
    expect(clock.pending).toBe(0);
  });

  it('gives up at the deadline, and leaves what is pending as it is', async () => {
    const { bus, clock, parking, publish, publisher, settle } = createHarness();
    publish('e');
    await settle();
    const settled = publisher.settle(500);
    await clock.advance(500);
    expect(await settled).toBe(false);
    expect(parking.calls).toBe(0);
    bus.call(0).accept();
    await settle();
    expect(publisher.stats()).toMatchObject({ published: 1, pending: 0 });
  });
});

describe('who listens for settled events', () => {
  it('hears of each event once: when it is acknowledged, kept in the parking lot, or lost', async () => {
    const { bus, clock, parking, publish, publisher, settle } = createHarness({ parkingGraceMs: 10 });
    const heard: string[] = [];
    publisher.onSettled(({ eventId }, how) => heard.push(`${eventId} ${how}`));
    publish('good');
    publish('bad');
    publisher.parkFrame(FRAME, 'FrameRefused', 'no JSON');
    await settle();
    parking.script.push(diskFull);
    bus.call(0).answer([{ accepted: true, busEventId: 'b' }, refused('MalformedDetail')]);
    await settle();
    expect(heard).toEqual(['good published']);
    await clock.advance(100);
    expect(heard).toEqual(['good published', 'bad parked']);
    parking.script.push(diskFull, diskFull, diskFull, diskFull);
    publish('worse');
    await settle();
    bus.call(1).answer([refused('MalformedDetail')]);
    const drained = publisher.drain(10);
    await clock.advance(20);
    await drained;
    expect(heard).toEqual(['good published', 'bad parked', 'worse lost']);
  });
});
