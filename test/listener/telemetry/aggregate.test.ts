import { describe, expect, it } from 'vitest';
import { COUNTERS, MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { METRICS } from '../../../listener/telemetry/metrics.ts';

describe('counters', () => {
  it('add up, begin anew when taken, and keep their total', () => {
    const metrics = new MetricsAggregate();
    metrics.count('EventsPublished');
    metrics.count('EventsPublished', 4);
    expect(metrics.take().counters.get('EventsPublished')).toBe(5);
    metrics.count('EventsPublished');
    expect(metrics.take().counters.get('EventsPublished')).toBe(1);
    expect(metrics.take().counters.size).toBe(0);
    expect(metrics.total('EventsPublished')).toBe(6);
    expect(metrics.total('EventsLost')).toBe(0);
  });

  it('are all metrics but gauges and durations', () => {
    const others = Object.keys(METRICS).filter((name) => !new Set<string>(COUNTERS).has(name));
    expect(others).toEqual([
      'PublishPending',
      'EventLag',
      'PublishLatency',
      'ConnectionLive',
      'TopicsSubscribed',
      'TopicsRejected',
      'GapsOpen',
      'LeaseHeld',
      'CheckpointAge',
    ]);
  });
});

describe('gauges', () => {
  it('hold until they are set again', () => {
    const metrics = new MetricsAggregate();
    metrics.gauge('ConnectionLive', 1);
    metrics.take();
    expect(metrics.take().gauges.get('ConnectionLive')).toBe(1);
    metrics.gauge('ConnectionLive', 0);
    expect(metrics.take().gauges.get('ConnectionLive')).toBe(0);
  });
});

describe('observations', () => {
  it('are all kept as long as they are few', () => {
    const metrics = new MetricsAggregate();
    for (let n = 0; n < 99; n++) metrics.observe('PublishLatency', n);
    expect(metrics.take().samples.get('PublishLatency')).toEqual(Array.from({ length: 99 }, (_, n) => n));
    expect(metrics.take().samples.size).toBe(0);
  });

  it('are sampled when they are many, early and late ones alike', () => {
    const metrics = new MetricsAggregate();
    for (let n = 0; n < 100_000; n++) metrics.observe('PublishLatency', n);
    const sample = metrics.take().samples.get('PublishLatency') ?? [];
    expect(sample).toHaveLength(99);
    // The mean of 99 of them is further from the middle than a third about once in 10^30.
    const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length;
    expect(mean).toBeGreaterThan(16_000);
    expect(mean).toBeLessThan(84_000);
  });
});
