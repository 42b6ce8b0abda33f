import { describe, expect, it } from 'vitest';
import { BusCallError } from '../../../listener/publish/event-bus.ts';
import { createHarness, names } from './harness.ts';
import { refused } from './held-bus.ts';

const callError = (code: string) => new BusCallError(`canned ${code}`, { code, canRetry: true });

describe('a bus that throttles', () => {
  it('gets half as many requests at a time, and more again as it takes them', async () => {
    const { bus, clock, publish, publisher, settle } = createHarness({
      maxInFlight: 8,
      maxEntriesPerRequest: 1,
    });
    for (const name of names(200)) publish(name);
    await settle();
    expect(publisher.stats().inFlight).toBe(8);
    for (const call of bus.open) call.fail(callError('ThrottlingException'));
    await settle();
    expect(publisher.stats().inFlight).toBe(4);
    for (const call of bus.open) call.answer([refused('ThrottlingException')]);
    await settle();
    expect(publisher.stats().inFlight).toBe(2);
    for (let round = 0; round < 4; round += 1) {
      for (const call of bus.open) call.accept();
      await settle();
    }
    expect(publisher.stats().inFlight).toBeGreaterThan(4);
    for (let round = 0; round < 20; round += 1) {
      for (const call of bus.open) call.accept();
      await clock.advance(100);
      expect(publisher.stats().inFlight).toBeLessThanOrEqual(8);
    }
  });

  it('still gets one request at a time, however long it throttles', async () => {
    const { bus, publish, publisher, settle } = createHarness({ maxInFlight: 4, maxEntriesPerRequest: 1 });
    for (const name of names(100)) publish(name);
    for (let round = 0; round < 6; round += 1) {
      await settle();
      for (const call of bus.open) call.fail(callError('ThrottlingException'));
    }
    await settle();
    expect(publisher.stats().inFlight).toBe(1);
  });
});

describe('a bus that hangs', () => {
  it('has events parked whose turn does not come in time, in order and without sending them', async () => {
    const { bus, clock, parking, publish, settle } = createHarness({ maxInFlight: 1, maxAgeMs: 1_000 });
    publish('sent', 'a');
    await settle();
    for (const name of ['a1', 'a2']) publish(name, 'a');
    publish('b1', 'b');
    publish('b2', 'b');
    await clock.advance(500);
    publish('b3', 'b');
    await clock.advance(501);
    bus.call(0).accept();
    await settle();
    expect(parking.parked.map(({ item, reason }) => [item.kind === 'event' && item.eventId, reason])).toEqual(
      ['b1', 'b2', 'a1', 'a2'].map((eventId) => [
        eventId,
        { code: 'Overdue', message: 'its turn did not come within 1000 ms', attempts: 0 },
      ]),
    );
    expect(bus.sent).toEqual([['sent'], ['b3']]);
  });

  it('does not make events pile up', async () => {
    const { bus, clock, publish, publisher, settle } = createHarness({ maxInFlight: 2, maxAgeMs: 60_000 });
    for (let second = 0; second < 600; second += 1) {
      for (const key of names(20)) publish(`${key} at ${second}`, key);
      if (second % 10 === 9) {
        for (const call of bus.open) call.fail(callError('ETIMEDOUT'));
        await settle();
      }
      await clock.advance(1_000);
      expect(publisher.stats().pending).toBeLessThan(20 * 100);
    }
  });
});
