import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../listener/clock.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { StallWatch } from '../../../listener/telemetry/stall-watch.ts';
import { ManualClock } from '../../manual-clock.ts';
import { recordedLog } from '../genesys/organisation.ts';

function createWatch() {
  const manual = new ManualClock();
  const stood = { ms: 0 };
  const clock: Clock = {
    now: () => manual.now() + stood.ms,
    monotonic: () => manual.monotonic() + stood.ms,
    after: (ms, fire) => manual.after(ms, fire),
    sleep: (ms, signal) => manual.sleep(ms, signal),
  };
  const { lines, logger } = recordedLog();
  const metrics = new MetricsAggregate();
  const since: number[] = [];
  const watch = new StallWatch({ clock, logger, metrics, stalled: (at) => since.push(at) });
  watch.start();
  /** Time goes on, and timers wait. */
  const stall = async (ms: number) => {
    await manual.advance(500);
    stood.ms += ms;
    await manual.advance(5_000);
  };
  return { manual, watch, lines, metrics, stall, since, stood };
}

describe('a process that stands still', () => {
  it('is noticed once for each time, with how long it was', async () => {
    const { metrics, lines, stall } = createWatch();
    await stall(2_600);
    await stall(70_000);
    expect(metrics.total('EventLoopStalls')).toBe(2);
    expect(lines.map(({ stoodStillMs }) => stoodStillMs)).toEqual([2_600, 70_000]);
  });

  it('for a second or less is not spoken of', async () => {
    const { metrics, lines, stall } = createWatch();
    for (let n = 0; n < 10; n++) await stall(1_000);
    expect(metrics.total('EventLoopStalls')).toBe(0);
    expect(lines).toEqual([]);
  });

  it('is noticed by whoever looks before the timer does, and then not again', async () => {
    const { manual, watch, since, stood, metrics } = createWatch();
    const ranAt = manual.now();
    stood.ms += 5_000;
    watch.look();
    expect(since).toEqual([ranAt]);
    await manual.advance(2_000);
    expect(metrics.total('EventLoopStalls')).toBe(1);
  });

  it('is not watched after the end', async () => {
    const { manual, watch } = createWatch();
    await manual.advance(10_000);
    watch.stop();
    expect(manual.pending).toBe(0);
  });
});
