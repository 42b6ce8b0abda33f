import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { BusEntry } from '../../../listener/publish/event-bus.ts';
import { offloadingBus } from '../../../listener/publish/offloading-bus.ts';
import type { Payload, PayloadStore } from '../../../listener/publish/payload-store.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';
import { createHarness, event } from './harness.ts';
import { HeldBus, refused } from './held-bus.ts';

/** A store that answers when the test says. */
class HeldStore implements PayloadStore {
  readonly calls: { ref: string; resolve: () => void; reject: (error: Error) => void }[] = [];

  refOf(eventId: string): string {
    return `file:///payloads/${eventId}.json`;
  }

  put({ ref }: Payload): Promise<void> {
    return new Promise((resolve, reject) => this.calls.push({ ref, resolve, reject }));
  }
}

function entry(name: string, hasPayload = true): BusEntry {
  const payload = hasPayload ? { ref: `file:///payloads/${name}.json`, body: '{}' } : undefined;
  return { source: 's', detailType: 't', detail: name, time: new Date(0), payload };
}

function createBus() {
  const inner = new HeldBus();
  const store = new HeldStore();
  const clock = new ManualClock();
  const metrics = new MetricsAggregate();
  const bus = offloadingBus({ bus: inner, store, clock, metrics, logger: pino({ level: 'silent' }) });
  return { bus, clock, inner, metrics, store, settle: () => clock.advance(0) };
}

describe('an offloading bus', () => {
  it('sends an entry only when its payload is kept', async () => {
    const { bus, inner, settle, store } = createBus();
    const put = bus.put([entry('a')]);
    await settle();
    expect(inner.calls).toHaveLength(0);
    store.calls[0]?.resolve();
    await settle();
    inner.call(0).accept();
    expect(await put).toEqual([{ accepted: true, busEventId: 'bus-a' }]);
  });

  it('answers for an entry whose payload is not kept, and sends the others; each result is of its own entry', async () => {
    const { bus, inner, metrics, settle, store } = createBus();
    const put = bus.put([entry('a'), entry('b'), entry('c', false), entry('d')]);
    await settle();
    store.calls[0]?.reject(new Error('no space left on device'));
    store.calls[1]?.resolve();
    store.calls[2]?.resolve();
    await settle();
    expect(inner.sent).toEqual([['b', 'c', 'd']]);
    inner
      .call(0)
      .answer([
        { accepted: true, busEventId: '1' },
        refused('InternalFailure'),
        { accepted: true, busEventId: '3' },
      ]);
    expect(await put).toEqual([
      { accepted: false, code: 'PayloadNotStored', message: 'no space left on device' },
      { accepted: true, busEventId: '1' },
      refused('InternalFailure'),
      { accepted: true, busEventId: '3' },
    ]);
    expect(metrics.total('PayloadFailures')).toBe(1);
    expect(metrics.total('PayloadsStored')).toBe(2);
  });

  it('sends no request when no payload is kept', async () => {
    const { bus, inner, settle, store } = createBus();
    const put = bus.put([entry('a')]);
    await settle();
    store.calls[0]?.reject(new Error('denied'));
    expect(await put).toHaveLength(1);
    expect(inner.calls).toHaveLength(0);
  });

  it('stores a payload once, however often its entry is sent, and again when that failed', async () => {
    const { bus, inner, settle, store } = createBus();
    const [kept, lost] = [entry('kept'), entry('lost')];
    const first = bus.put([kept, lost]);
    await settle();
    store.calls[0]?.resolve();
    store.calls[1]?.reject(new Error('denied'));
    await settle();
    inner.call(0).fail(new Error('reset'));
    await expect(first).rejects.toThrow('reset');
    void bus.put([kept, lost]);
    await settle();
    expect(store.calls.map(({ ref }) => ref)).toEqual(
      ['kept', 'lost', 'lost'].map((name) => `file:///payloads/${name}.json`),
    );
  });

  it('stores four at a time over all requests, and each gets its turn', async () => {
    const { bus, inner, settle, store } = createBus();
    for (let request = 0; request < 2; request += 1)
      void bus.put(Array.from({ length: 5 }, (_, index) => entry(`${request}${index}`)));
    for (let done = 0; done < 10; done += 1) {
      await settle();
      expect(store.calls).toHaveLength(Math.min(10, done + 4));
      if (done % 2 === 0) store.calls[done]?.resolve();
      else store.calls[done]?.reject(new Error('denied'));
    }
    await settle();
    expect(inner.sent.flat()).toEqual(['00', '02', '04', '11', '13']);
  });

  it('refuses an answer with another number of results than entries sent', async () => {
    const { bus, inner, settle } = createBus();
    const put = bus.put([entry('a', false), entry('b', false)]);
    await settle();
    inner.call(0).answer([{ accepted: true, busEventId: '1' }]);
    await expect(put).rejects.toMatchObject({ code: 'ResultCountMismatch', canRetry: true });
  });

  it('makes the publisher try again, and park the event with its payload in the end', async () => {
    const { bus, inner, store } = createBus();
    const { clock, parking, publisher, settle } = createHarness({ maxAttempts: 2 }, bus);
    const payload = { ref: 'file:///payloads/e.json', body: '{"long":1}' };
    publisher.publish({ ...event('e', 'k', clock), payload });
    await settle();
    store.calls[0]?.reject(new Error('denied'));
    await clock.advance(100);
    store.calls[1]?.reject(new Error('denied'));
    await settle();
    expect(inner.calls).toHaveLength(0);
    expect(parking.parked).toMatchObject([
      {
        item: { eventId: 'e', payload },
        reason: { code: 'PayloadNotStored', message: 'denied', attempts: 2 },
      },
    ]);
  });
});
