import type { Cancel } from '../clock.ts';
import type { BusEntry } from './event-bus.ts';
import { Fifo } from './fifo.ts';
import type { Payload } from './payload-store.ts';

/** An event for the bus, ready to be sent. */
export interface OutgoingEvent {
  /** The same for the same event, however often it is sent. */
  readonly eventId: string;
  /** Events of one key reach the bus in the order in which they were published: a conversation's id or a topic. */
  readonly orderingKey: string;
  readonly detailType: string;
  /** A JSON object as text. */
  readonly detail: string;
  readonly time: Date;
  /** `Clock.monotonic()` when its frame came off the socket; latency counts from here. */
  readonly receivedAtMs: number;
  /** Milliseconds from when it happened to its frame off the socket, where that can be told. */
  readonly lagMs?: number | undefined;
  /** A body that was too large for `detail`, which refers to it. */
  readonly payload?: Payload | undefined;
}

/** An event that was accepted and is neither acknowledged nor parked. */
export interface PendingEvent {
  readonly event: OutgoingEvent;
  readonly entry: BusEntry;
  /** By `entrySize`. */
  readonly bytes: number;
  /** By `Dispatcher.now()`. */
  readonly acceptedAtMs: number;
  /** How many times it was sent. */
  attempts: number;
  /** It must not share a request, since one that held it was refused as a whole. */
  alone: boolean;
}

/** The pending events of one ordering key. Only its head is ever sent, so order is kept. */
export interface Lane {
  readonly key: string;
  head: PendingEvent;
  readonly rest: Fifo<PendingEvent>;
  /** When its head last became free to be sent, by `Dispatcher.now()`. */
  readySinceMs: number;
  /** Set while the head waits to be sent again. */
  cancelRetry: Cancel | undefined;
}

export interface RequestLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/**
 * All pending events, a lane for each ordering key. A lane is ready, in flight or waiting for a retry,
 * never two of these; lanes are served in the order in which they became ready. A lane without events is forgotten.
 * Every operation but `takeAll` takes the same time however many lanes there are.
 */
export class Lanes {
  readonly #limits: RequestLimits;
  readonly #lanes = new Map<string, Lane>();
  readonly #ready = new Fifo<Lane>();
  #readyBytes = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** How many ordering keys have pending events. */
  get size(): number {
    return this.#lanes.size;
  }

  /** When the lane that is next to be served became ready; undefined when none is. */
  get readySinceMs(): number | undefined {
    return this.#ready.peek()?.readySinceMs;
  }

  /** Whether waiting for more events would not make the next request any fuller. */
  get full(): boolean {
    return (
      this.#ready.size >= this.#limits.maxEntries ||
      this.#readyBytes >= this.#limits.maxBytes ||
      this.#ready.peek()?.head.alone === true
    );
  }

  add(pending: PendingEvent): void {
    const key = pending.event.orderingKey;
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.rest.push(pending);
      return;
    }
    const opened: Lane = {
      key,
      head: pending,
      rest: new Fifo(),
      readySinceMs: pending.acceptedAtMs,
      cancelRetry: undefined,
    };
    this.#lanes.set(key, opened);
    this.release(opened, pending.acceptedAtMs);
  }

  /** The lanes whose heads make up the next request. They stay taken until `release` or `advance`. */
  takeBatch(): Lane[] {
    const batch: Lane[] = [];
    let bytes = 0;
    for (let lane = this.#ready.peek(); lane !== undefined; lane = this.#ready.peek()) {
      const { head } = lane;
      if (batch.length > 0 && (head.alone || bytes + head.bytes > this.#limits.maxBytes)) break;
      this.#ready.shift();
      this.#readyBytes -= head.bytes;
      bytes += head.bytes;
      batch.push(lane);
      if (head.alone || batch.length === this.#limits.maxEntries) break;
    }
    return batch;
  }

  /**
   * Takes out events that were accepted before `beforeMs`, as far as they are next to be served: those at the
   * front, and behind each of them the rest of its lane. Events of a key come in order.
   */
  takeOverdue(beforeMs: number): PendingEvent[] {
    const overdue: PendingEvent[] = [];
    for (let lane = this.#ready.peek(); lane !== undefined; lane = this.#ready.peek()) {
      if (lane.head.acceptedAtMs >= beforeMs) break;
      this.#ready.shift();
      this.#readyBytes -= lane.head.bytes;
      let next: PendingEvent | undefined = lane.head;
      for (; next !== undefined && next.acceptedAtMs < beforeMs; next = lane.rest.shift()) overdue.push(next);
      this.#resume(lane, next, lane.readySinceMs);
    }
    return overdue;
  }

  /** The head of a taken lane may be sent (again). */
  release(lane: Lane, nowMs: number): void {
    lane.readySinceMs = nowMs;
    this.#readyBytes += lane.head.bytes;
    this.#ready.push(lane);
  }

  /** The head of a taken lane is done with: the next event takes its place. */
  advance(lane: Lane, nowMs: number): void {
    this.#resume(lane, lane.rest.shift(), nowMs);
  }

  /** Empties every lane, whatever it is doing, and returns the events; those of a key are in order. */
  takeAll(): PendingEvent[] {
    const all: PendingEvent[] = [];
    for (const lane of this.#lanes.values()) {
      lane.cancelRetry?.();
      all.push(lane.head);
      for (let next = lane.rest.shift(); next !== undefined; next = lane.rest.shift()) all.push(next);
    }
    this.#lanes.clear();
    while (this.#ready.shift() !== undefined);
    this.#readyBytes = 0;
    return all;
  }

  #resume(lane: Lane, head: PendingEvent | undefined, nowMs: number): void {
    if (head === undefined) {
      this.#lanes.delete(lane.key);
      return;
    }
    lane.head = head;
    this.release(lane, nowMs);
  }
}
