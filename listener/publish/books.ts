import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { OutgoingEvent } from './lanes.ts';

/** The publisher's books, of events and parked frames: accepted = published + parked + lost + pending, at any moment. */
export interface BooksStats {
  readonly accepted: number;
  /** Acknowledged by the bus. */
  readonly published: number;
  readonly parked: number;
  /** Could be neither published nor parked: at the end of `drain`, or beyond twice `maxPendingBytes`. */
  readonly lost: number;
  readonly pending: number;
  /** Payloads and what waits for the parking lot included. */
  readonly pendingBytes: number;
}

/** How an event or a frame ended. */
export type Outcome = 'published' | 'parked' | 'lost';

/** Told once of each event, when nothing more will be done for it. `lost` is logged as fatal and counted. */
export type SettledListener = (event: OutgoingEvent, how: Outcome) => void;

const METRIC_OF = { published: 'EventsPublished', parked: 'EventsParked', lost: 'EventsLost' } as const;

/** Calls every listener; one that throws is logged and counted, since the books must balance all the same. */
export function tellAll<Listener>(
  listeners: ReadonlySet<Listener>,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
  call: (listener: Listener) => void,
): void {
  for (const listener of listeners) {
    try {
      call(listener);
    } catch (error) {
      metrics.count('InternalErrors');
      logger.error({ err: error }, 'a listener to the publisher threw');
    }
  }
}

/** Keeps count of what was accepted and how it ended, and tells who wants to know. */
export class Books {
  readonly onSettled = new Set<SettledListener>();
  readonly onPendingChanged = new Set<() => void>();
  readonly #onEmpty = new Set<() => void>();
  readonly #metrics: Metrics;
  readonly #telemetry: { readonly logger: Logger; readonly metrics: Metrics };
  readonly #clock: Clock;
  readonly #counts: Record<Outcome, number> = { published: 0, parked: 0, lost: 0 };
  #accepted = 0;
  #pendingBytes = 0;

  constructor({ metrics, logger, clock }: { metrics: Metrics; logger: Logger; clock: Clock }) {
    this.#metrics = metrics;
    this.#telemetry = { logger, metrics };
    this.#clock = clock;
  }

  stats(): BooksStats {
    return {
      accepted: this.#accepted,
      ...this.#counts,
      pending: this.#pending,
      pendingBytes: this.#pendingBytes,
    };
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  accept(bytes: number): void {
    this.#accepted += 1;
    this.#pendingBytes += bytes;
    this.#metrics.count('EventsAccepted');
    this.#changed();
  }

  /** @param event undefined for a frame */
  settle(how: Outcome, bytes: number, event: OutgoingEvent | undefined): void {
    this.#counts[how] += 1;
    this.#pendingBytes -= bytes;
    this.#metrics.count(METRIC_OF[how]);
    if (event !== undefined) tellAll(this.onSettled, this.#telemetry, (listener) => listener(event, how));
    this.#changed();
    if (this.#pending === 0) for (const emptied of this.#onEmpty) emptied();
  }

  /**
   * Resolves when nothing is pending.
   * @param ms how long to wait at most, in milliseconds
   * @returns whether nothing was pending in time
   */
  async emptyWithin(ms: number): Promise<boolean> {
    if (this.#pending === 0) return true;
    // The clock's timers let the process end, which would drop what only waits for a retry.
    const keepAlive = setInterval(() => undefined, 60_000);
    const empty = await new Promise<boolean>((resolve) => {
      const finish = (isEmpty: boolean) => {
        cancel();
        this.#onEmpty.delete(emptied);
        resolve(isEmpty);
      };
      const emptied = () => finish(true);
      const cancel = this.#clock.after(ms, () => finish(false));
      this.#onEmpty.add(emptied);
    });
    clearInterval(keepAlive);
    return empty;
  }

  #changed(): void {
    this.#metrics.gauge('PublishPending', this.#pending);
    tellAll(this.onPendingChanged, this.#telemetry, (listener) => listener());
  }

  get #pending(): number {
    const { published, parked, lost } = this.#counts;
    return this.#accepted - published - parked - lost;
  }
}
