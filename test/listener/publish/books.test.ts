import { describe, expect, it } from 'vitest';
import { createHarness } from './harness.ts';

describe('the books of the publisher', () => {
  it('tell how long an event took from its frame to the acknowledgement', async () => {
    const { bus, clock, metrics, publish, publisher, settle } = createHarness();
    const latencies: number[] = [];
    publisher.onPublished((_event, _id, latencyMs) => latencies.push(latencyMs));
    publish('e');
    await settle();
    await clock.advance(7);
    bus.call(0).accept();
    await settle();
    expect(latencies).toEqual([7]);
    expect(metrics.observed.get('PublishLatency')).toEqual([7]);
  });

  it.each(['onPublished', 'onSettled'] as const)(
    'are kept when a listener throws, and none is told that was taken off: %s',
    async (on) => {
      const { bus, lines, metrics, publish, publisher, settle } = createHarness();
      const heard: string[] = [];
      publisher[on](() => {
        throw new Error('a bug in a listener');
      });
      const off = publisher[on](({ eventId }) => heard.push(eventId));
      publish('e0');
      await settle();
      bus.call(0).accept();
      await settle();
      off();
      publish('e1');
      await settle();
      bus.call(1).accept();
      await settle();
      expect(heard).toEqual(['e0']);
      expect(publisher.stats()).toMatchObject({ published: 2, pending: 0, pendingBytes: 0 });
      expect(lines.filter(({ msg }) => msg.includes('threw'))).toHaveLength(2);
      expect(metrics.of('InternalErrors')).toBe(2);
    },
  );
});
