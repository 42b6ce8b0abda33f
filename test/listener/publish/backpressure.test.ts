import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Backpressure } from '../../../listener/publish/backpressure.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';
import { createHarness } from './harness.ts';

function source({ mayPause = (): boolean => true } = {}) {
  const clock = new ManualClock();
  const metrics = new MetricsAggregate();
  const done: string[] = [];
  let pending = 0;
  const backpressure = new Backpressure({
    clock,
    pendingBytes: () => pending,
    maxPendingBytes: 100,
    pause: () => done.push('pause'),
    resume: () => done.push('resume'),
    mayPause,
    metrics,
    logger: pino({ level: 'silent' }),
  });
  const set = (bytes: number) => {
    pending = bytes;
    backpressure.changed();
  };
  return { backpressure, clock, done, metrics, set };
}

describe('backpressure', () => {
  it('pauses at half of the buffer and not before, once, and counts it', () => {
    const { backpressure, done, metrics, set } = source();
    set(49);
    expect(done).toEqual([]);
    set(50);
    set(80);
    expect(done).toEqual(['pause']);
    expect(backpressure.isPaused).toBe(true);
    expect(metrics.total('SocketPauses')).toBe(1);
  });

  it('resumes at a quarter and not before, and pauses again at half', async () => {
    const { clock, done, set } = source();
    set(50);
    set(26);
    expect(done).toEqual(['pause']);
    set(25);
    expect(done).toEqual(['pause', 'resume']);
    expect(clock.pending).toBe(0);
    set(50);
    expect(done).toEqual(['pause', 'resume', 'pause']);
  });

  it('resumes after ten seconds in any case, and does not pause again before there was relief', async () => {
    const { clock, done, set } = source();
    set(60);
    await clock.advance(9_999);
    expect(done).toEqual(['pause']);
    await clock.advance(1);
    expect(done).toEqual(['pause', 'resume']);
    set(99);
    set(30);
    set(70);
    expect(done).toEqual(['pause', 'resume']);
    set(25);
    set(50);
    expect(done).toEqual(['pause', 'resume', 'pause']);
    await clock.advance(9_999);
    expect(done).toHaveLength(3);
  });

  it('reads on when it has to, and does not pause again before there was relief', () => {
    const { backpressure, clock, done, set } = source();
    backpressure.relent();
    set(60);
    backpressure.relent();
    expect(done).toEqual(['pause', 'resume']);
    expect(clock.pending).toBe(0);
    set(70);
    expect(done).toHaveLength(2);
    set(25);
    set(50);
    expect(done).toEqual(['pause', 'resume', 'pause']);
  });

  it('waits with a pause until the source can do without being read', () => {
    let mayPause = false;
    const { done, set } = source({ mayPause: () => mayPause });
    set(60);
    expect(done).toEqual([]);
    mayPause = true;
    set(61);
    expect(done).toEqual(['pause']);
  });

  it('reads on when it is closed, and never pauses after', () => {
    const { backpressure, clock, done, set } = source();
    set(50);
    backpressure.close();
    set(0);
    set(100);
    expect(done).toEqual(['pause', 'resume']);
    expect(clock.pending).toBe(0);
  });
});

describe('the publisher', () => {
  it('tells of each change of what is pending, so that a pause ends with the last byte that matters', async () => {
    const { bus, publish, publisher, settle } = createHarness();
    const told: number[] = [];
    publisher.onPendingChanged(() => told.push(publisher.stats().pendingBytes));
    publish('1234567');
    publisher.parkFrame({ kind: 'frame', receivedAt: '', encoding: 'utf8', body: 'abc' }, 'c', 'm');
    await settle();
    bus.call(0).accept();
    await settle();
    expect(told).toEqual([60, 63, 60, 0]);
  });
});
