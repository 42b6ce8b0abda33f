import { describe, expect, it } from 'vitest';
import { createHarness, event, names } from './harness.ts';

/** 14 for the time, 19 for the source, 20 for the detail type. */
const OVERHEAD = 53;

describe('when a request is sent', () => {
  it('sends at once while nothing is in flight, with all that came in the same turn', async () => {
    const { bus, publish, settle } = createHarness();
    for (const name of names(3)) publish(name);
    expect(bus.calls).toHaveLength(0);
    await settle();
    expect(bus.sent).toEqual([['e0', 'e1', 'e2']]);
  });

  it('sends a whole burst at once while nothing is in flight, in requests of ten', async () => {
    const { bus, publish, settle } = createHarness();
    for (const name of names(25)) publish(name);
    await settle();
    expect(bus.sent.map((details) => details.length)).toEqual([10, 10, 5]);
  });

  it('waits for company while a request is in flight, for as long as the linger', async () => {
    const { bus, clock, publish, settle } = createHarness({ lingerMs: 5 });
    publish('first');
    await settle();
    publish('second');
    await settle();
    await clock.advance(3);
    publish('third');
    await clock.advance(1);
    expect(bus.sent).toEqual([['first']]);
    await clock.advance(1);
    expect(bus.sent).toEqual([['first'], ['second', 'third']]);
  });

  it('does not wait for company once ten are ready', async () => {
    const { bus, publish, settle } = createHarness();
    publish('first');
    await settle();
    for (const name of names(10)) publish(name);
    await settle();
    expect(bus.sent.map((details) => details.length)).toEqual([1, 10]);
  });

  it('does not wait for company once a request is full by bytes', async () => {
    const { bus, publish, settle } = createHarness({ maxRequestBytes: 2 * (OVERHEAD + 5) });
    publish('first');
    await settle();
    publish('aaaaa');
    await settle();
    expect(bus.calls).toHaveLength(1);
    publish('bbbbb');
    await settle();
    expect(bus.sent).toEqual([['first'], ['aaaaa', 'bbbbb']]);
  });

  it('stops waiting for company when the last request in flight is answered', async () => {
    const { bus, publish, settle } = createHarness();
    publish('first');
    await settle();
    publish('second');
    await settle();
    bus.call(0).accept();
    await settle();
    expect(bus.sent).toEqual([['first'], ['second']]);
  });

  it('keeps to the number of requests in flight, and sends the overdue as soon as one is answered', async () => {
    const { bus, clock, publish, publisher, settle } = createHarness({ maxInFlight: 2, lingerMs: 5 });
    for (const name of names(23)) publish(name);
    await settle();
    expect(publisher.stats().inFlight).toBe(2);
    await clock.advance(5);
    expect(bus.calls).toHaveLength(2);
    bus.call(0).accept();
    await settle();
    expect(bus.sent.map((details) => details.length)).toEqual([10, 10, 3]);
  });
});

describe('what goes into a request', () => {
  it('fills a request to the last byte and not beyond', async () => {
    const { bus, publish, settle } = createHarness({ maxRequestBytes: 2 * OVERHEAD + 20 });
    publish('a'.repeat(10));
    publish('b'.repeat(10));
    publish('c'.repeat(10));
    publish('d'.repeat(11));
    await settle();
    expect(bus.sent.map((details) => details.map((detail) => detail.length))).toEqual([[10, 10], [10], [11]]);
  });

  it('counts bytes, not characters', async () => {
    const { bus, publish, settle } = createHarness({ maxRequestBytes: 2 * OVERHEAD + 8 });
    publish('😀');
    publish('é€');
    await settle();
    expect(bus.sent).toEqual([['😀'], ['é€']]);
  });

  it('takes one event of a key at a time, and never sends two requests for one', async () => {
    const { bus, clock, publish, settle } = createHarness();
    publish('a1', 'a');
    publish('a2', 'a');
    publish('b1', 'b');
    await settle();
    await clock.advance(1_000);
    expect(bus.sent).toEqual([['a1', 'b1']]);
    bus.call(0).accept();
    await settle();
    expect(bus.sent).toEqual([['a1', 'b1'], ['a2']]);
  });

  it('serves keys in the order in which they became ready, however much one of them has', async () => {
    const { bus, publish, settle } = createHarness({ maxInFlight: 1, maxEntriesPerRequest: 1 });
    for (const name of ['a1', 'a2', 'a3']) publish(name, 'a');
    publish('b1', 'b');
    publish('c1', 'c');
    for (let index = 0; index < 5; index += 1) {
      await settle();
      bus.call(index).accept();
    }
    await settle();
    expect(bus.sent.flat()).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
  });

  it('sends source, detail type, detail and time as they were given', async () => {
    const { bus, clock, publish, settle } = createHarness();
    publish('{"a":1}');
    await settle();
    expect(bus.call(0).entries).toEqual([
      {
        source: 'conversation-bridge',
        detailType: 'Conversation Updated',
        detail: '{"a":1}',
        time: new Date(clock.now()),
      },
    ]);
  });

  it('takes a time that is no valid date as the present', async () => {
    const { bus, clock, publisher, settle } = createHarness();
    publisher.publish({ ...event('e', 'k', clock), time: new Date(Number.NaN) });
    await settle();
    expect(bus.call(0).entries.map(({ time }) => time)).toEqual([new Date(clock.now())]);
  });

  it('parks an entry that no request can hold, at once, and its neighbours go on', async () => {
    const { bus, parking, publish, publisher, settle } = createHarness({ maxRequestBytes: OVERHEAD + 10 });
    publish('before', 'key');
    publish('x'.repeat(11), 'key');
    publish('just fits.', 'key');
    await settle();
    bus.call(0).accept();
    await settle();
    bus.call(1).accept();
    await settle();
    expect(bus.sent).toEqual([['before'], ['just fits.']]);
    expect(parking.parked.map(({ reason }) => reason)).toEqual([
      { code: 'EntryTooLarge', message: '64 bytes, and a request takes 63', attempts: 0 },
    ]);
    expect(publisher.stats()).toMatchObject({
      accepted: 3,
      published: 2,
      parked: 1,
      pending: 0,
      pendingBytes: 0,
    });
  });
});
