import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createHarness, names } from './harness.ts';
import { refused } from './held-bus.ts';

function diskFull(): Promise<never> {
  return Promise.reject(new Error('no space left on device'));
}

describe('draining', () => {
  it('ends at once when nothing is pending', async () => {
    const { publisher } = createHarness();
    expect(await publisher.drain(1_000)).toMatchObject({ inTime: true, accepted: 0 });
  });

  it('sends what waits for company, and ends as soon as all is acknowledged', async () => {
    const { bus, clock, publish, publisher, settle } = createHarness();
    publish('e0');
    await settle();
    publish('e1');
    await settle();
    const drained = publisher.drain(10_000);
    await settle();
    expect(bus.sent).toEqual([['e0'], ['e1']]);
    bus.call(0).accept();
    bus.call(1).accept();
    expect(await drained).toMatchObject({ inTime: true, published: 2, parked: 0, pending: 0 });
    expect(clock.pending).toBe(0);
  });

  it('goes on with retries until the deadline', async () => {
    const { bus, clock, publish, publisher, settle } = createHarness();
    publish('e');
    await settle();
    bus.call(0).answer([refused('InternalFailure')]);
    const drained = publisher.drain(10_000);
    await clock.advance(100);
    bus.call(1).accept();
    expect(await drained).toMatchObject({ inTime: true, published: 1 });
  });

  it('parks what is not acknowledged by the deadline: in flight, waiting for a retry and queued', async () => {
    const { bus, clock, parking, publish, publisher, settle } = createHarness();
    publish('retrying', 'r');
    await settle();
    bus.call(0).answer([refused('InternalFailure')]);
    await settle();
    publish('behind', 'r');
    publish('in flight', 'f');
    publish('queued', 'f');
    await settle();
    const drained = publisher.drain(50);
    await clock.advance(50);
    expect(await drained).toMatchObject({
      inTime: false,
      accepted: 4,
      published: 0,
      parked: 4,
      lost: 0,
      pending: 0,
    });
    expect(
      parking.parked.map(({ item, reason }) => [
        item.kind === 'event' && item.eventId,
        reason.code,
        reason.attempts,
      ]),
    ).toEqual([
      ['retrying', 'DrainDeadline', 1],
      ['behind', 'DrainDeadline', 0],
      ['in flight', 'DrainDeadline', 1],
      ['queued', 'DrainDeadline', 0],
    ]);
    expect(clock.pending).toBe(0);
  });

  it('leaves the books alone when an answer comes after the deadline, and sends nothing more', async () => {
    const { bus, clock, lines, parking, publish, publisher, settle } = createHarness();
    publish('e0', 'a');
    publish('e1', 'a');
    await settle();
    const drained = publisher.drain(50);
    await clock.advance(50);
    await drained;
    bus.call(0).accept();
    await clock.advance(100_000);
    expect(bus.calls).toHaveLength(1);
    expect(parking.eventIds).toEqual(['e0', 'e1']);
    expect(publisher.stats()).toMatchObject({ published: 0, parked: 2, pending: 0, inFlight: 0 });
    expect(lines).toContainEqual(
      expect.objectContaining({ entries: 1, msg: expect.stringContaining('after') }),
    );
  });

  it('parks what is published after it began', async () => {
    const { bus, parking, publish, publisher, settle } = createHarness();
    await publisher.drain(0);
    publish('late');
    await settle();
    expect(bus.calls).toHaveLength(0);
    expect(parking.parked.map(({ reason }) => reason.code)).toEqual(['ShuttingDown']);
    expect(publisher.stats()).toMatchObject({ accepted: 1, parked: 1 });
  });

  it('drains once, however often it is asked', () => {
    const { publisher } = createHarness();
    expect(publisher.drain(10)).toBe(publisher.drain(20));
  });

  it('keeps the process alive while it drains, and not longer', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const { bus, publish, publisher, settle } = createHarness();
    publish('e');
    await settle();
    const before = timers();
    const drained = publisher.drain(1_000);
    expect(timers()).toBe(before + 1);
    bus.call(0).accept();
    await drained;
    expect(timers()).toBe(before);
  });
});

describe('a parking lot that fails', () => {
  it('is tried again with backoff until it takes the event, which stays pending', async () => {
    const { bus, clock, lines, metrics, parking, publish, publisher, settle } = createHarness();
    parking.script.push(diskFull, diskFull);
    publish('e');
    await settle();
    bus.call(0).answer([refused('MalformedDetail')]);
    await clock.advance(99);
    expect(parking.calls).toBe(1);
    expect(publisher.stats()).toMatchObject({ pending: 1, parked: 0 });
    await clock.advance(1);
    expect(parking.calls).toBe(2);
    await clock.advance(200);
    expect(publisher.stats()).toMatchObject({ pending: 0, parked: 1, lost: 0 });
    expect(metrics.of('ParkingFailures')).toBe(2);
    expect(lines).toContainEqual(expect.objectContaining({ level: 50, cause: 'no space left on device' }));
  });

  it('does not hold up the later events of the key', async () => {
    const { bus, parking, publish, settle } = createHarness();
    parking.script.push(diskFull);
    publish('a1', 'a');
    publish('a2', 'a');
    await settle();
    bus.call(0).answer([refused('MalformedDetail')]);
    await settle();
    expect(bus.sent).toEqual([['a1'], ['a2']]);
  });

  it('loses an event only at the end of the drain, counted and logged as fatal', async () => {
    const { bus, clock, lines, metrics, parking, publish, publisher, settle } = createHarness({
      parkingGraceMs: 300,
    });
    for (let index = 0; index < 100; index += 1) parking.script.push(diskFull);
    publish('e', 'k');
    await settle();
    bus.call(0).answer([refused('MalformedDetail')]);
    await clock.advance(60_000);
    expect(metrics.of('EventsLost')).toBe(0);
    const drained = publisher.drain(1_000);
    await clock.advance(1_300);
    expect(await drained).toMatchObject({
      inTime: false,
      accepted: 1,
      published: 0,
      parked: 0,
      lost: 1,
      pending: 0,
    });
    expect(metrics.of('EventsLost')).toBe(1);
    expect(lines.filter((line) => line.level === 60)).toEqual([
      expect.objectContaining({
        eventId: 'e',
        orderingKey: 'k',
        code: 'MalformedDetail',
        cause: 'no space left on device',
      }),
    ]);
    expect(clock.pending).toBe(0);
  });

  it('has the grace after the deadline to recover', async () => {
    const { clock, parking, publish, publisher, settle } = createHarness({ parkingGraceMs: 300 });
    parking.script.push(diskFull);
    publish('e');
    await settle();
    const drained = publisher.drain(1_000);
    await clock.advance(1_100);
    expect(await drained).toMatchObject({ inTime: false, parked: 1, lost: 0 });
  });

  it('is tried once more after the deadline, however long the next attempt was to wait', async () => {
    const { bus, clock, parking, publish, publisher, settle } = createHarness({ parkingGraceMs: 300 });
    for (let index = 0; index < 7; index += 1) parking.script.push(diskFull);
    publish('e');
    await settle();
    bus.call(0).answer([refused('MalformedDetail')]);
    await clock.advance(6_400);
    expect(parking.calls).toBe(7);
    const drained = publisher.drain(1_000);
    await clock.advance(1_300);
    expect(await drained).toMatchObject({ parked: 1, lost: 0 });
  });

  it('counts an event as lost when it never answers', async () => {
    const { clock, lines, parking, publish, publisher, settle } = createHarness({ parkingGraceMs: 300 });
    parking.script.push(() => new Promise(() => undefined));
    publish('e');
    await settle();
    const drained = publisher.drain(1_000);
    await clock.advance(1_300);
    expect(await drained).toMatchObject({ parked: 0, lost: 1, pending: 0 });
    expect(lines.filter((line) => line.level === 60)).toHaveLength(1);
  });

  it.each([
    ['takes', () => undefined],
    ['refuses', () => diskFull()],
  ])('leaves a lost event lost when it %s it in the end', async (_name, end) => {
    const { clock, parking, publish, publisher, settle } = createHarness({ parkingGraceMs: 300 });
    const gate = new EventEmitter();
    parking.script.push(() => once(gate, 'answer').then(end));
    publish('e');
    await settle();
    const drained = publisher.drain(1_000);
    await clock.advance(1_300);
    await drained;
    gate.emit('answer');
    await clock.advance(60_000);
    expect(publisher.stats()).toMatchObject({ accepted: 1, parked: 0, lost: 1, pending: 0 });
    expect(clock.pending).toBe(0);
  });

  it('loses at once what it refuses after the drain', async () => {
    const { parking, publish, publisher, settle } = createHarness();
    await publisher.drain(0);
    parking.script.push(diskFull);
    publish('late');
    await settle();
    expect(publisher.stats()).toMatchObject({ accepted: 1, lost: 1, pending: 0 });
  });
});

describe('a frame that no event can be made of', () => {
  const FRAME = {
    kind: 'frame',
    receivedAt: '2026-01-05T09:00:00.000Z',
    encoding: 'utf8',
    body: '日本',
  } as const;

  it('is parked with its reason and counts in the books', async () => {
    const { metrics, parking, publisher, settle } = createHarness();
    publisher.parkFrame(FRAME, 'MalformedFrame', 'no JSON');
    expect(publisher.stats()).toMatchObject({ accepted: 1, pending: 1, pendingBytes: 6 });
    await settle();
    expect(parking.parked).toEqual([
      { item: FRAME, reason: { code: 'MalformedFrame', message: 'no JSON', attempts: 0 } },
    ]);
    expect(publisher.stats()).toMatchObject({ accepted: 1, parked: 1, pending: 0, pendingBytes: 0 });
    expect(metrics.of('EventsAccepted')).toBe(metrics.of('EventsParked'));
  });

  it('is waited for by the drain, and never named in the log by what it says', async () => {
    const { clock, lines, parking, publisher } = createHarness({ parkingGraceMs: 300 });
    for (let index = 0; index < 20; index += 1) parking.script.push(diskFull);
    publisher.parkFrame(FRAME, 'MalformedFrame', 'no JSON');
    const drained = publisher.drain(1_000);
    await clock.advance(1_300);
    expect(await drained).toMatchObject({ accepted: 1, lost: 1, pending: 0 });
    expect(lines).toContainEqual(expect.objectContaining({ level: 60, receivedAt: FRAME.receivedAt }));
    expect(JSON.stringify(lines)).not.toContain(FRAME.body);
  });
});

describe('memory', () => {
  it('keeps no key, no timer and no byte once everything is acknowledged or parked', async () => {
    const { bus, clock, metrics, publish, publisher, settle } = createHarness();
    for (const name of names(500)) publish(name, `key of ${name}`);
    expect(publisher.stats()).toMatchObject({ keys: 500, pending: 500 });
    for (let round = 0; publisher.stats().pending > 0; round += 1) {
      await settle();
      for (const call of bus.open) {
        if (round % 3 === 0)
          call.answer(
            call.entries.map((_, index) => refused(index % 2 === 0 ? 'InternalFailure' : 'MalformedDetail')),
          );
        else call.accept();
      }
      await clock.advance(1_000);
    }
    expect(publisher.stats()).toMatchObject({ keys: 0, pending: 0, pendingBytes: 0, inFlight: 0 });
    expect(metrics.gauges.get('PublishPending')).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
