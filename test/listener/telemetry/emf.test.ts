import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { COUNTERS, MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { EmfReporter } from '../../../listener/telemetry/emf.ts';
import { ManualClock } from '../../manual-clock.ts';

const Line = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.tuple([
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.string() })),
      }),
    ]),
  }),
});

/** A reporter, and what it writes to standard output. */
function createReporter() {
  const lines: z.infer<typeof Line>[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    for (const line of String(chunk).split('\n')) {
      if (line.includes('_aws')) lines.push(Line.parse(JSON.parse(line)));
    }
    return true;
  });
  onTestFinished(() => write.mockRestore());
  const clock = new ManualClock();
  const aggregate = new MetricsAggregate();
  const reporter = new EmfReporter({ aggregate, clock, shard: '7' });
  onTestFinished(() => reporter.stop());
  return { lines, clock, aggregate, reporter };
}

describe('the report', () => {
  it('comes once a minute, and for the last time when stopped', async () => {
    const { lines, clock, reporter } = createReporter();
    reporter.start();
    await clock.advance(59_999);
    expect(lines).toHaveLength(0);
    await clock.advance(1);
    expect(lines).toHaveLength(1);
    await clock.advance(120_000);
    expect(lines).toHaveLength(3);
    reporter.stop();
    expect(lines).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });

  it('has every counter, also those that stand at zero, by shard only', () => {
    const { lines, aggregate, reporter } = createReporter();
    aggregate.count('EventsPublished', 3);
    aggregate.gauge('ConnectionLive', 1);
    reporter.report();
    const [line] = lines;
    for (const name of COUNTERS) expect(line?.[name], name).toBe(name === 'EventsPublished' ? 3 : 0);
    expect(line?.['ConnectionLive']).toBe(1);
    const [metrics] = line?._aws.CloudWatchMetrics ?? [];
    expect(metrics?.Namespace).toBe('ConversationBridge');
    expect(metrics?.Dimensions).toEqual([['service', 'shard']]);
    expect(line?.['shard']).toBe('7');
  });

  it('has the latencies with their unit, in the same line', () => {
    const { lines, aggregate, reporter } = createReporter();
    for (let n = 0; n < 500; n++) aggregate.observe('PublishLatency', 12);
    reporter.report();
    expect(lines).toHaveLength(1);
    expect(z.array(z.number()).parse(lines[0]?.['PublishLatency'])).toHaveLength(99);
    expect(lines[0]?._aws.CloudWatchMetrics[0].Metrics).toContainEqual({
      Name: 'PublishLatency',
      Unit: 'Milliseconds',
    });
  });

  it('does not repeat what it has reported', () => {
    const { lines, aggregate, reporter } = createReporter();
    aggregate.count('EventsPublished', 3);
    reporter.report();
    reporter.report();
    expect(lines[1]?.['EventsPublished']).toBe(0);
  });
});
