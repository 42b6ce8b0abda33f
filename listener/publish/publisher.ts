import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { Books, type BooksStats, type Outcome, type SettledListener, tellAll } from './books.ts';
import { Dispatcher } from './dispatcher.ts';
import { entrySize } from './entry-size.ts';
import type { EventBus } from './event-bus.ts';
import type { OutgoingEvent, PendingEvent } from './lanes.ts';
import { Parker } from './parker.ts';
import type { ParkedEvent, ParkedFrame, ParkingLot, ParkingReason } from './parking.ts';
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

export interface PublisherStats extends BooksStats {
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
  readonly #onPublished = new Set<PublishedListener>();
  readonly #books: Books;
  #drained: Promise<DrainResult> | undefined;

  constructor({ bus, parking, clock, metrics, logger, source, options }: PublisherDependencies) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#logger = logger;
    this.#source = source;
    this.#options = { ...PUBLISHER_DEFAULTS, ...options };
    this.#books = new Books({ metrics, logger, clock });
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
    });
  }

  /**
   * Accepts an event; once `drain` has begun, or when too much is pending, it is parked.
   * Returns at once and never throws.
   * A `time` that is no valid date is taken as the present.
   */
  publish(event: OutgoingEvent): void {
    const { detailType, detail, payload } = event;
    const entry = { source: this.#source, detailType, detail, time: this.#validTime(event.time), payload };
    const bytes = entrySize(entry);
    const acceptedAtMs = this.#dispatcher.now();
    const pending: PendingEvent = { event, entry, bytes, acceptedAtMs, attempts: 0, alone: false };
    const { maxRequestBytes, maxPendingBytes } = this.#options;
    const ahead = this.#books.pendingBytes;
    this.#books.accept(heldBytes(pending));
    if (this.#hasNoRoom(ahead)) {
      this.#parker.lose(toParkedEvent(pending), this.#noRoom(), this.#settling(pending));
    } else if (this.#drained !== undefined) {
      this.#park(pending, 'ShuttingDown', 'accepted after the publisher had begun to drain');
    } else if (bytes > maxRequestBytes) {
      this.#park(pending, 'EntryTooLarge', `${bytes} bytes, and a request takes ${maxRequestBytes}`);
    } else if (ahead + heldBytes(pending) > maxPendingBytes) {
      this.#park(pending, 'BufferFull', `more than ${maxPendingBytes} bytes would wait for the bus`);
    } else {
      this.#dispatcher.add(pending);
    }
  }

  /**
   * Parks a frame that no event can be made of; it counts in the books like an event.
   * @param code stable and machine-readable
   * @param onSettled called once, when nothing more will be done for the frame
   */
  parkFrame(frame: ParkedFrame, code: string, message: string, onSettled: () => void = () => {}): void {
    const bytes = Buffer.byteLength(frame.body);
    const settled = (how: Outcome) => {
      onSettled();
      this.#books.settle(how, bytes, undefined);
    };
    const ahead = this.#books.pendingBytes;
    this.#books.accept(bytes);
    if (this.#hasNoRoom(ahead)) this.#parker.lose(frame, this.#noRoom(), settled);
    else this.#parker.park(frame, { code, message, attempts: 0 }, settled);
  }

  /** @returns a function that takes the listener off again */
  onPublished(listener: PublishedListener): () => void {
    this.#onPublished.add(listener);
    return () => this.#onPublished.delete(listener);
  }

  /** Of events alone, not of parked frames. @returns a function that takes the listener off again */
  onSettled(listener: SettledListener): () => void {
    this.#books.onSettled.add(listener);
    return () => this.#books.onSettled.delete(listener);
  }

  /** Told after each change of `stats().pendingBytes`. @returns a function that takes the listener off again */
  onPendingChanged(listener: () => void): () => void {
    this.#books.onPendingChanged.add(listener);
    return () => this.#books.onPendingChanged.delete(listener);
  }

  /**
   * Parks everything that the bus has not acknowledged, requests in flight included: such an event may end up
   * in both places, never in neither. Goes on accepting.
   * @param code stable and machine-readable
   */
  abandon(code: string, message: string): void {
    for (const pending of this.#dispatcher.abandon()) this.#park(pending, code, message);
  }

  /**
   * Waits until nothing is pending, and goes on accepting meanwhile. Never throws.
   * @param deadlineMs how long to wait at most, in milliseconds
   * @returns whether there was a moment at which nothing was pending
   */
  settle(deadlineMs: number): Promise<boolean> {
    return this.#books.emptyWithin(deadlineMs);
  }

  stats(): PublisherStats {
    return {
      ...this.#books.stats(),
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
    this.#dispatcher.flush();
    const inTime = await this.#books.emptyWithin(deadlineMs);
    for (const pending of this.#dispatcher.stop()) {
      this.#park(pending, 'DrainDeadline', `not acknowledged within ${deadlineMs} ms of shutting down`);
    }
    this.#parker.hurry();
    await this.#books.emptyWithin(this.#options.parkingGraceMs);
    this.#parker.close();
    return { ...this.stats(), inTime };
  }

  /** No request can hold a date that is none, so it would sink its neighbours; the present comes closest. */
  #validTime(time: Date): Date {
    return Number.isNaN(time.getTime()) ? new Date(this.#clock.now()) : time;
  }

  #park(pending: PendingEvent, code: string, message: string): void {
    const reason = { code, message, attempts: pending.attempts };
    this.#parker.park(toParkedEvent(pending), reason, this.#settling(pending));
  }

  #acknowledged(pending: PendingEvent, busEventId: string): void {
    const latencyMs = this.#clock.monotonic() - pending.event.receivedAtMs;
    this.#metrics.observe('PublishLatency', latencyMs);
    const { lagMs } = pending.event;
    if (lagMs !== undefined) this.#metrics.observe('EventLag', lagMs + latencyMs);
    const { event } = pending;
    const telemetry = { logger: this.#logger, metrics: this.#metrics };
    tellAll(this.#onPublished, telemetry, (listener) => listener(event, busEventId, latencyMs));
    this.#books.settle('published', heldBytes(pending), event);
  }

  #settling(pending: PendingEvent): (how: Outcome) => void {
    return (how) => this.#books.settle(how, heldBytes(pending), pending.event);
  }

  /** Neither the bus nor the parking lot has taken anything for so long that there is no room to hold more. */
  #hasNoRoom(pendingBytes: number): boolean {
    return pendingBytes > 2 * this.#options.maxPendingBytes;
  }

  #noRoom(): ParkingReason {
    const message = `more than ${2 * this.#options.maxPendingBytes} bytes wait to be published or parked`;
    return { code: 'BufferFull', message, attempts: 0 };
  }
}

/** What an event weighs on the memory, in bytes. */
function heldBytes({ bytes, event: { payload } }: PendingEvent): number {
  return payload === undefined ? bytes : bytes + Buffer.byteLength(payload.body);
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
    ...(event.payload === undefined ? {} : { payload: event.payload }),
  };
}
