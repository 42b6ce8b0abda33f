import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { Dispatcher } from './dispatcher.ts';
import { entrySize } from './entry-size.ts';
import type { EventBus } from './event-bus.ts';
import type { OutgoingEvent, PendingEvent } from './lanes.ts';
import { Parker } from './parker.ts';
import type { ParkedEvent, ParkedFrame, ParkingLot } from './parking.ts';
import { PUBLISHER_DEFAULTS, type PublisherOptions } from './publisher-options.ts';

export type { OutgoingEvent } from './lanes.ts';

export interface PublisherDependencies {
  readonly bus: EventBus;
  readonly parking: ParkingLot;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** The `source` of every event. */
  readonly source: string;
  readonly options?: Partial<PublisherOptions>;
}

/** The publisher's books, of events and parked frames: accepted = published + parked + lost + pending, at any moment. */
export interface PublisherStats {
  readonly accepted: number;
  /** Acknowledged by the bus. */
  readonly published: number;
  readonly parked: number;
  /** Could be neither published nor parked; only the end of `drain` gives an event up. */
  readonly lost: number;
  readonly pending: number;
  readonly pendingBytes: number;
  /** Ordering keys with events that are waiting for the bus. */
  readonly keys: number;
  /** Requests, not events. */
  readonly inFlight: number;
}

export interface DrainResult extends PublisherStats {
  /** Whether everything was acknowledged, or parked for its own reasons, before the deadline. */
  readonly inTime: boolean;
}

/** Told of each acknowledged event; `latencyMs` counts from the frame off the socket. */
export type PublishedListener = (event: OutgoingEvent, busEventId: string, latencyMs: number) => void;

/**
 * Brings events to the bus at least once, or parks them with the reason: nothing is logged and dropped.
 *
 * Within an ordering key the bus gets events one request after another, in the order of `publish`, also over
 * retries; a key that waits for a retry holds up no other. When an event of a key is parked, the later ones of
 * that key go on: one bad event doesn't silence a conversation.
 */
export class Publisher {
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #source: string;
  readonly #options: PublisherOptions;
  readonly #dispatcher: Dispatcher;
  readonly #parker: Parker;
  readonly #listeners = new Set<PublishedListener>();
  #accepted = 0;
  #published = 0;
  #parked = 0;
  #lost = 0;
  #pendingBytes = 0;
  #drained: Promise<DrainResult> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor({ bus, parking, clock, metrics, logger, source, options }: PublisherDependencies) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#logger = logger;
    this.#source = source;
    this.#options = { ...PUBLISHER_DEFAULTS, ...options };
    this.#dispatcher = new Dispatcher({
      bus,
      clock,
      metrics,
      logger,
      options: this.#options,
      onAcknowledged: (pending, busEventId) => this.#acknowledged(pending, busEventId),
      onRefused: (pending, code, message) => this.#park(pending, code, message),
    });
    this.#parker = new Parker({
      parking,
      clock,
      metrics,
      logger,
      backoff: this.#options.parkingBackoff,
      onParked: (bytes) => {
        this.#parked += 1;
        metrics.count('EventsParked');
        this.#settled(bytes);
      },
      onLost: (bytes) => {
        this.#lost += 1;
        metrics.count('EventsLost');
        this.#settled(bytes);
      },
    });
  }

  /**
   * Accepts an event; once `drain` has begun it is parked. Returns at once and never throws.
   * A `time` that is no valid date is taken as the present.
   */
  publish(event: OutgoingEvent): void {
    const { detailType, detail } = event;
    const entry = { source: this.#source, detailType, detail, time: this.#validTime(event.time) };
    const bytes = entrySize(entry);
    const acceptedAtMs = this.#clock.monotonic();
    const pending: PendingEvent = { event, entry, bytes, acceptedAtMs, attempts: 0, alone: false };
    this.#accept(bytes);
    const { maxRequestBytes } = this.#options;
    if (this.#drained !== undefined) {
      this.#park(pending, 'ShuttingDown', 'accepted after the publisher had begun to drain');
    } else if (bytes > maxRequestBytes) {
      this.#park(pending, 'EntryTooLarge', `${bytes} bytes, and a request takes ${maxRequestBytes}`);
    } else {
      this.#dispatcher.add(pending);
    }
  }

  /**
   * Parks a frame that no event can be made of; it counts in the books like an event.
   * @param code stable and machine-readable
   */
  parkFrame(frame: ParkedFrame, code: string, message: string): void {
    const bytes = Buffer.byteLength(frame.body);
    this.#accept(bytes);
    this.#parker.park(frame, bytes, { code, message, attempts: 0 });
  }

  /** @returns a function that takes the listener off again */
  onPublished(listener: PublishedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stats(): PublisherStats {
    return {
      accepted: this.#accepted,
      published: this.#published,
      parked: this.#parked,
      lost: this.#lost,
      pending: this.#pending,
      pendingBytes: this.#pendingBytes,
      keys: this.#dispatcher.keys,
      inFlight: this.#dispatcher.inFlight,
    };
  }

  /**
   * Sends what is pending and parks what the bus has not acknowledged when the time is up,
   * requests in flight included: such an event may end up in both places, never in neither.
   * Parking may take `parkingGraceMs` on top. Never throws; called again, it returns the first call's promise.
   * @param deadlineMs how long it may take, in milliseconds from now
   */
  drain(deadlineMs: number): Promise<DrainResult> {
    this.#drained ??= this.#drain(deadlineMs);
    return this.#drained;
  }

  async #drain(deadlineMs: number): Promise<DrainResult> {
    // The clock's timers let the process end, which would drop what only waits for a retry.
    const keepAlive = setInterval(() => undefined, 60_000);
    this.#dispatcher.flush();
    const inTime = await this.#emptyWithin(deadlineMs);
    for (const pending of this.#dispatcher.stop()) {
      this.#park(pending, 'DrainDeadline', `not acknowledged within ${deadlineMs} ms of shutting down`);
    }
    await this.#emptyWithin(this.#options.parkingGraceMs);
    this.#parker.close();
    clearInterval(keepAlive);
    return { ...this.stats(), inTime };
  }

  async #emptyWithin(ms: number): Promise<boolean> {
    if (this.#pending === 0) return true;
    return new Promise((resolve) => {
      const finish = (empty: boolean) => {
        cancel();
        this.#onEmpty = undefined;
        resolve(empty);
      };
      const cancel = this.#clock.after(ms, () => finish(false));
      this.#onEmpty = () => finish(true);
    });
  }

  /** No request can hold a date that is none, so it would sink its neighbours; the present comes closest. */
  #validTime(time: Date): Date {
    return Number.isNaN(time.getTime()) ? new Date(this.#clock.now()) : time;
  }

  #park(pending: PendingEvent, code: string, message: string): void {
    this.#parker.park(toParkedEvent(pending), pending.bytes, { code, message, attempts: pending.attempts });
  }

  #acknowledged(pending: PendingEvent, busEventId: string): void {
    const latencyMs = this.#clock.monotonic() - pending.event.receivedAtMs;
    this.#published += 1;
    this.#metrics.count('EventsPublished');
    this.#metrics.observe('PublishLatency', latencyMs);
    const { lagMs } = pending.event;
    if (lagMs !== undefined) this.#metrics.observe('EventLag', lagMs + latencyMs);
    for (const listener of this.#listeners) {
      try {
        listener(pending.event, busEventId, latencyMs);
      } catch (error) {
        this.#logger.error(
          { err: error, eventId: pending.event.eventId },
          'a listener to published events threw',
        );
      }
    }
    this.#settled(pending.bytes);
  }

  #accept(bytes: number): void {
    this.#accepted += 1;
    this.#pendingBytes += bytes;
    this.#metrics.count('EventsAccepted');
    this.#metrics.gauge('PublishPending', this.#pending);
  }

  #settled(bytes: number): void {
    this.#pendingBytes -= bytes;
    this.#metrics.gauge('PublishPending', this.#pending);
    if (this.#pending === 0) this.#onEmpty?.();
  }

  get #pending(): number {
    return this.#accepted - this.#published - this.#parked - this.#lost;
  }
}

function toParkedEvent({ event, entry }: PendingEvent): ParkedEvent {
  return {
    kind: 'event',
    eventId: event.eventId,
    orderingKey: event.orderingKey,
    source: entry.source,
    detailType: entry.detailType,
    detail: entry.detail,
    time: entry.time.toISOString(),
  };
}
