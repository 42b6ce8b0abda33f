import type { Clock } from '../clock.ts';
import type { MetricsAggregate } from './aggregate.ts';
import type { CallsUnderWay } from './calls-under-way.ts';
import type { MetricName } from './metrics.ts';
import { ProgressWatch } from './progress.ts';
import type { StallWatch } from './stall-watch.ts';

/** Whatever the publisher does, even in vain, moves one of these. */
const PUBLISHING: readonly MetricName[] = [
  'EventsPublished',
  'EventsParked',
  'EventsLost',
  'PublishRetries',
  'PublishCallsFailed',
  'ParkingFailures',
];
/** What becomes of frames that say something. */
const TAKING_IN: readonly MetricName[] = ['NotificationsReceived', 'FramesRefused'];
/** Attempts at calls move these; a call may be waiting as long as the server has asked it to. */
const ASKING: readonly MetricName[] = ['RestRetries', 'RestCallsFailed', 'GapFailures'];
const ASKING_STUCK_AFTER_MS = 15 * 60_000;

/** Heartbeats, answers to pings and the like: no more than so many frames a second say nothing. */
const IDLE_FRAMES_A_SECOND = 0.2;
/** So many frames more than that, and something is said that nobody takes in. */
const FRAMES_IN_WAIT = 50;

/** What is watched. The name is said by `/healthz`. */
export type Work = 'publishing' | 'taking-in' | 'backfill';

export interface WorkWatchOptions {
  readonly clock: Clock;
  readonly metrics: MetricsAggregate;
  /** How many events wait to be published or parked. */
  pending(): number;
  /** The calls that close gaps. */
  readonly backfill: CallsUnderWay;
  readonly stalls: StallWatch;
}

/** Watches that the process does its work: that events leave, frames come in, and questions are answered. */
export class WorkWatch {
  readonly #stalls: StallWatch;
  readonly #watches: ReadonlyMap<Work, ProgressWatch>;

  constructor({ clock, metrics, pending, backfill, stalls }: WorkWatchOptions) {
    const sum = (names: readonly MetricName[]) =>
      names.reduce((total, name) => total + metrics.total(name), 0);
    this.#stalls = stalls;
    const intake = new FramesInWait(
      clock,
      () => metrics.total('FramesReceived'),
      () => sum(TAKING_IN),
    );
    this.#watches = new Map<Work, ProgressWatch>([
      [
        'publishing',
        new ProgressWatch(
          clock,
          () => pending() > 0,
          () => sum(PUBLISHING),
        ),
      ],
      [
        'taking-in',
        new ProgressWatch(
          clock,
          () => intake.look() > FRAMES_IN_WAIT,
          () => sum(TAKING_IN),
        ),
      ],
      [
        'backfill',
        new ProgressWatch(
          clock,
          () => backfill.size > 0,
          () => backfill.ended + sum(ASKING),
          ASKING_STUCK_AFTER_MS,
        ),
      ],
    ]);
  }

  start(): void {
    this.#stalls.start();
    for (const watch of this.#watches.values()) watch.start();
  }

  stop(): void {
    this.#stalls.stop();
    for (const watch of this.#watches.values()) watch.stop();
  }

  /** The work that is there and has not moved for too long. */
  get stuck(): readonly Work[] {
    return [...this.#watches].flatMap(([work, watch]) => (watch.stuck ? [work] : []));
  }

  /** For how long the work that waits longest has not moved, in milliseconds; 0 while there is none. */
  get idleMs(): number {
    return Math.max(...[...this.#watches.values()].map((watch) => watch.idleMs));
  }
}

/** How many frames have come, more than a quiet connection brings, since one was last taken in. */
class FramesInWait {
  readonly #clock: Clock;
  readonly #received: () => number;
  readonly #taken: () => number;
  #seen = { atMs: 0, received: 0, taken: 0 };
  #waiting = 0;

  constructor(clock: Clock, received: () => number, taken: () => number) {
    this.#clock = clock;
    this.#received = received;
    this.#taken = taken;
  }

  look(): number {
    const before = this.#seen;
    const now = { atMs: this.#clock.monotonic(), received: this.#received(), taken: this.#taken() };
    this.#seen = now;
    if (now.taken !== before.taken) this.#waiting = 0;
    else {
      const idle = ((now.atMs - before.atMs) / 1000) * IDLE_FRAMES_A_SECOND;
      this.#waiting = Math.max(this.#waiting + now.received - before.received - idle, 0);
    }
    return this.#waiting;
  }
}
