import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { CallsUnderWay } from '../../../listener/telemetry/calls-under-way.ts';
import { StallWatch } from '../../../listener/telemetry/stall-watch.ts';
import { WorkWatch } from '../../../listener/telemetry/work-watch.ts';
import { ManualClock } from '../../manual-clock.ts';

const MINUTE = 60_000;

function createWatch() {
  const clock = new ManualClock();
  const metrics = new MetricsAggregate();
  const backfill = new CallsUnderWay();
  const work = { pending: 0 };
  const logger = pino({ level: 'silent' });
  const stalls = new StallWatch({ clock, logger, metrics });
  const watch = new WorkWatch({ clock, stalls, metrics, backfill, pending: () => work.pending });
  watch.start();
  return { clock, metrics, backfill, work, watch };
}

describe('the work of the process', () => {
  it('is stuck when events wait and nothing becomes of them', async () => {
    const { clock, work, watch, metrics } = createWatch();
    work.pending = 3;
    await clock.advance(2 * MINUTE);
    expect(watch.stuck).toEqual(['publishing']);
    expect(watch.idleMs).toBe(2 * MINUTE);
    metrics.count('ParkingFailures');
    expect(watch.stuck).toEqual([]);
  });

  it('is stuck when frames come that say something and nobody takes them in', async () => {
    const { clock, watch, metrics } = createWatch();
    metrics.count('NotificationsReceived');
    for (let n = 0; n < 60; n++) {
      metrics.count('FramesReceived', 10);
      await clock.advance(5_000);
    }
    expect(watch.stuck).toEqual(['taking-in']);
    metrics.count('NotificationsReceived');
    expect(watch.stuck).toEqual([]);
  });

  it('is not stuck in a night with heartbeats alone, answers to pings included', async () => {
    const { clock, watch, metrics } = createWatch();
    for (let n = 0; n < 1_000; n++) {
      metrics.count('FramesReceived', 2);
      await clock.advance(30_000);
    }
    expect(watch.stuck).toEqual([]);
  });

  it('is not stuck when all frames that come are refused', async () => {
    const { clock, watch, metrics } = createWatch();
    for (let n = 0; n < 100; n++) {
      metrics.count('FramesReceived', 50);
      metrics.count('FramesRefused', 50);
      await clock.advance(5_000);
    }
    expect(watch.stuck).toEqual([]);
  });

  it('is stuck when a question of a backfill never comes to an end', async () => {
    const { clock, watch, backfill, metrics } = createWatch();
    void backfill.counted(new Promise(() => {}));
    for (let n = 0; n < 10; n++) {
      await backfill.counted(Promise.resolve());
      metrics.count('RestRetries');
      await clock.advance(5 * MINUTE);
      expect(watch.stuck).toEqual([]);
    }
    // Counted from the look that saw the last movement.
    await clock.advance(11 * MINUTE);
    expect(watch.stuck).toEqual(['backfill']);
  });

  it('leaves no timer behind', async () => {
    const { clock, watch } = createWatch();
    await clock.advance(MINUTE);
    watch.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('calls under way', () => {
  it('are counted until their end, whichever it is', async () => {
    const calls = new CallsUnderWay();
    const failed = calls.counted(Promise.reject(new Error('no')));
    expect(calls.size).toBe(1);
    await expect(failed).rejects.toThrow('no');
    expect([calls.size, calls.ended]).toEqual([0, 1]);
  });

  it('are counted one for each item, also when whoever asked breaks off or a call fails', async () => {
    const calls = new CallsUnderWay();
    let closed = 0;
    async function* items() {
      try {
        yield 1;
        yield 2;
        throw new Error('no more');
      } finally {
        closed++;
      }
    }
    for await (const item of calls.countedEach(items())) if (item === 1) break;
    const seen: number[] = [];
    const all = async () => {
      for await (const item of calls.countedEach(items())) seen.push(item);
    };
    await expect(all()).rejects.toThrow('no more');
    expect(seen).toEqual([1, 2]);
    expect([calls.size, closed]).toEqual([0, 2]);
  });
});
