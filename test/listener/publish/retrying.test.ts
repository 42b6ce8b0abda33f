import { describe, expect, it } from 'vitest';
import { BusCallError } from '../../../listener/publish/event-bus.ts';
import { createHarness, names } from './harness.ts';
import { accepted, refused } from './held-bus.ts';

function callError(code: string, canRetry: boolean, retryAfterMs?: number): BusCallError {
  return new BusCallError('the call failed', { code, canRetry, retryAfterMs });
}

describe('an answer entry by entry', () => {
  it('maps each result to the entry at the same place in that request', async () => {
    const { bus, clock, parking, publish, publisher, settle } = createHarness();
    const published: string[] = [];
    publisher.onPublished((event, busEventId) => published.push(`${event.eventId} as ${busEventId}`));
    for (const name of names(4)) publish(name);
    await settle();
    bus
      .call(0)
      .answer([refused('InternalFailure'), accepted('x'), refused('MalformedDetail'), accepted('y')]);
    await settle();
    expect(published).toEqual(['e1 as x', 'e3 as y']);
    expect(parking.eventIds).toEqual(['e2']);
    await clock.advance(100);
    expect(bus.call(1).details).toEqual(['e0']);
  });

  it.each(['InternalFailure', 'ThrottlingException', 'NobodyKnowsThisCode'])(
    'sends an entry again after %s, with jittered backoff',
    async (code) => {
      const { bus, clock, metrics, publish, publisher, settle } = createHarness();
      publish('e');
      await settle();
      bus.call(0).answer([refused(code)]);
      await clock.advance(99);
      expect(bus.calls).toHaveLength(1);
      await clock.advance(1);
      bus.call(1).answer([refused(code)]);
      await clock.advance(199);
      expect(bus.calls).toHaveLength(2);
      await clock.advance(1);
      bus.call(2).accept();
      await settle();
      expect(metrics.of('PublishRetries')).toBe(2);
      expect(publisher.stats()).toMatchObject({ published: 1, pending: 0 });
    },
  );

  it.each([
    'AccessDeniedException',
    'InvalidAccountIdException',
    'InvalidArgument',
    'MalformedDetail',
    'NotAuthorizedForDetailTypeException',
    'NotAuthorizedForSourceException',
    'RedactionFailure',
  ])('parks an entry refused with %s at once, with payload and reason', async (code) => {
    const { bus, clock, metrics, parking, publish, settle } = createHarness();
    publish('{"body":true}', 'the key');
    await settle();
    bus.call(0).answer([refused(code)]);
    await settle();
    expect(parking.parked).toEqual([
      {
        item: {
          kind: 'event',
          eventId: '{"body":true}',
          orderingKey: 'the key',
          source: 'conversation-bridge',
          detailType: 'Conversation Updated',
          detail: '{"body":true}',
          time: new Date(clock.now()).toISOString(),
        },
        reason: { code, message: `${code} said the bus`, attempts: 1 },
      },
    ]);
    expect(metrics.of('EventsParked')).toBe(1);
  });

  it('holds up only the key that waits for a retry, and keeps its order', async () => {
    const { bus, clock, publish, settle } = createHarness();
    publish('a1', 'a');
    publish('b1', 'b');
    await settle();
    publish('a2', 'a');
    publish('b2', 'b');
    bus.call(0).answer([refused('InternalFailure'), accepted('b1')]);
    await settle();
    expect(bus.sent.slice(1)).toEqual([['b2']]);
    bus.call(1).accept();
    await clock.advance(100);
    expect(bus.sent.slice(2)).toEqual([['a1']]);
    bus.call(2).accept();
    await settle();
    expect(bus.sent.slice(3)).toEqual([['a2']]);
  });

  it('lets the later events of a key go on when one is parked', async () => {
    const { bus, publish, settle } = createHarness();
    publish('a1', 'a');
    publish('a2', 'a');
    await settle();
    bus.call(0).answer([refused('MalformedDetail')]);
    await settle();
    expect(bus.sent).toEqual([['a1'], ['a2']]);
  });

  it('parks an entry after the last attempt, with the last reason', async () => {
    const { bus, clock, parking, publish, settle } = createHarness({ maxAttempts: 3 });
    publish('e');
    await settle();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      bus.call(attempt).answer([refused('InternalFailure')]);
      await clock.advance(10_000);
    }
    expect(bus.calls).toHaveLength(3);
    expect(parking.parked.map(({ reason }) => reason)).toEqual([
      { code: 'InternalFailure', message: 'InternalFailure said the bus', attempts: 3 },
    ]);
  });

  it('parks an entry whose next attempt would come after its time', async () => {
    const { bus, clock, parking, publish, settle } = createHarness({ maxAgeMs: 1_000 });
    publish('e');
    await settle();
    await clock.advance(901);
    bus.call(0).answer([refused('InternalFailure')]);
    await settle();
    expect(parking.eventIds).toEqual(['e']);
    expect(clock.pending).toBe(0);
  });
});

describe('a call that fails as a whole', () => {
  it('sends all its entries again when it may pass, honouring Retry-After', async () => {
    const { bus, clock, metrics, publish, settle } = createHarness();
    for (const name of names(3)) publish(name);
    await settle();
    bus.call(0).fail(callError('ServiceUnavailable', true, 3_000));
    await clock.advance(3_099);
    expect(bus.calls).toHaveLength(1);
    await clock.advance(6);
    expect(bus.sent.slice(1).flat()).toEqual(['e0', 'e1', 'e2']);
    expect(metrics.of('PublishCallsFailed')).toBe(1);
  });

  it('parks what would have to wait longer for Retry-After than its time allows', async () => {
    const { bus, parking, publish, settle } = createHarness({ maxAgeMs: 60_000 });
    publish('e');
    await settle();
    bus.call(0).fail(callError('ServiceUnavailable', true, 3_600_000));
    await settle();
    expect(parking.eventIds).toEqual(['e']);
  });

  it('sends each entry alone when the call will not pass, and parks only the one that fails alone', async () => {
    const { bus, clock, parking, publish, publisher, settle } = createHarness();
    for (const name of ['good', 'poison', 'fine']) publish(name);
    await settle();
    bus.call(0).fail(callError('ValidationException', false));
    await settle();
    await clock.advance(5);
    expect(bus.sent.slice(1)).toEqual([['good'], ['poison'], ['fine']]);
    bus.call(1).accept();
    bus.call(2).fail(callError('ValidationException', false));
    bus.call(3).accept();
    await settle();
    expect(parking.parked.map(({ item, reason }) => [item.kind === 'event' && item.eventId, reason])).toEqual(
      [['poison', { code: 'ValidationException', message: 'the call failed', attempts: 2 }]],
    );
    expect(publisher.stats()).toMatchObject({ published: 2, parked: 1, pending: 0 });
  });

  it('does not let an entry that goes alone share a request with events that came later', async () => {
    const { bus, publish, settle } = createHarness({ maxInFlight: 1 });
    publish('a');
    publish('b');
    await settle();
    bus.call(0).fail(callError('ValidationException', false));
    await settle();
    publish('later');
    await settle();
    for (const index of [1, 2]) {
      bus.call(index).accept();
      await settle();
    }
    expect(bus.sent).toEqual([['a', 'b'], ['a'], ['b'], ['later']]);
  });

  it('does not let an entry that goes alone join a request of events that came earlier', async () => {
    const { bus, publish, settle } = createHarness({ maxInFlight: 1 });
    publish('a');
    publish('b');
    await settle();
    publish('earlier');
    bus.call(0).fail(callError('ValidationException', false));
    await settle();
    for (const index of [1, 2]) {
      bus.call(index).accept();
      await settle();
    }
    expect(bus.sent).toEqual([['a', 'b'], ['earlier'], ['a'], ['b']]);
  });

  it.each([0, 1, 3])('takes %i results for two entries as a failed call', async (count) => {
    const { bus, clock, metrics, publish, settle } = createHarness();
    publish('e0');
    publish('e1');
    await settle();
    bus.call(0).answer(names(count).map(accepted));
    await clock.advance(105);
    expect(bus.sent).toEqual([['e0', 'e1'], ['e0'], ['e1']]);
    expect(metrics.of('PublishCallsFailed')).toBe(1);
    expect(metrics.of('EventsPublished')).toBe(0);
  });

  it('takes anything else that is thrown as passing, and logs its cause', async () => {
    const { bus, clock, lines, publish, settle } = createHarness();
    publish('e');
    await settle();
    bus.call(0).fail(new TypeError('something odd', { cause: new Error('deep down') }));
    await clock.advance(100);
    expect(bus.calls).toHaveLength(2);
    expect(lines).toContainEqual(
      expect.objectContaining({
        code: 'TypeError',
        cause: expect.stringContaining('something odd: deep down'),
      }),
    );
  });

  it('tries again while access is denied, and says so loudly once in a while, not once a call', async () => {
    const { bus, clock, lines, publish, settle } = createHarness({ maxAttempts: 100, maxAgeMs: 1_000_000 });
    const denied = () =>
      lines.filter((line) => line.level === 50 && line['code'] === 'AccessDeniedException');
    publish('e');
    await settle();
    for (let index = 0; index < 6; index += 1) {
      bus.call(index).fail(callError('AccessDeniedException', true));
      await clock.advance(5_000);
    }
    expect(denied()).toHaveLength(1);
    await clock.advance(10_000);
    bus.call(6).fail(callError('AccessDeniedException', true));
    await settle();
    expect(denied().map((line) => line['times'])).toEqual([1, 6]);
  });
});
