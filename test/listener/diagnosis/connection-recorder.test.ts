import { describe, expect, it } from 'vitest';
import type { Cancel, Clock } from '../../../listener/clock.ts';
import { ConnectionRecorder } from '../../../listener/diagnosis/connection-recorder.ts';
import { runtimeOf } from '../../../listener/diagnosis/runtime.ts';
import { ManualClock } from '../../manual-clock.ts';

/** A clock whose timers come late, as they do when the process did not run. */
class LateClock implements Clock {
  readonly #clock: ManualClock;
  #jumpMs = 0;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** The wall clock jumps; the monotonic one stood still, as in a suspended virtual machine. */
  jump(ms: number): void {
    this.#jumpMs += ms;
  }

  now(): number {
    return this.#clock.now() + this.#jumpMs;
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(ms: number, fn: () => void): Cancel {
    return this.#clock.after(ms, fn);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }
}

describe('the recorder of a connection', () => {
  it('tells what was last said each way, how long ago, and how much', async () => {
    const clock = new ManualClock();
    const recorder = new ConnectionRecorder(clock);
    recorder.begin();
    recorder.tokenTaken({ value: 'token', obtainedAtMs: clock.monotonic(), lifetimeMs: 60_000 });
    await clock.advance(1_000);
    recorder.opened(clock.monotonic() + 10_000);
    recorder.sent('subscribe', 114);
    await clock.advance(1_000);
    recorder.subscribed(3);
    recorder.bytesReceived(50);
    recorder.received('notification', clock.monotonic());
    await clock.advance(500);
    recorder.sent('ping', 0);
    await clock.advance(250);
    expect(recorder.facts()).toEqual({
      lastReceived: { what: 'notification', agoMs: 750 },
      lastSent: { what: 'ping', agoMs: 250 },
      socketAgeMs: 1_750,
      tokenAgeMs: 2_750,
      tokenLeftMs: 57_250,
      expiresInMs: 8_250,
      subscribedMs: 750,
      subscriptions: 3,
      frames: 1,
      events: 1,
      bytesIn: 50,
      bytesOut: 114,
      pingUnansweredMs: 250,
      pausedMs: 0,
    });
    recorder.alive();
    expect(recorder.facts()).toMatchObject({
      lastReceived: { what: 'pong', agoMs: 0 },
      pingUnansweredMs: undefined,
    });
    recorder.sent('ping', 0);
    recorder.received('pong', clock.monotonic());
    expect(recorder.facts().pingUnansweredMs).toBeUndefined();
    recorder.begin();
    expect(recorder.facts()).toMatchObject({
      lastReceived: undefined,
      lastSent: undefined,
      frames: 0,
      bytesIn: 0,
    });
  });

  it('notices that the process did not run, by whichever clock shows it', async () => {
    const manual = new ManualClock();
    const clock = new LateClock(manual);
    const recorder = new ConnectionRecorder(clock);
    recorder.begin();
    await manual.advance(30_000);
    expect(recorder.facts().pausedMs).toBe(0);
    clock.jump(90_000);
    await manual.advance(5_000);
    expect(recorder.facts().pausedMs).toBe(90_000);
    recorder.end();
    expect(manual.pending).toBe(0);
  });
});

it('the runtime is told by the variables that AWS sets', () => {
  expect(runtimeOf({ AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' })).toBe(
    'lambda',
  );
  expect(runtimeOf({ AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE' })).toBe('fargate');
  expect(runtimeOf({ ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/x' })).toBe('fargate');
  expect(runtimeOf({})).toBe('other');
});
