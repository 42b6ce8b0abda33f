import type { Cancel, Clock } from '../clock.ts';

/** Echoes come in the same packet or the next; a change waits no longer for them. Milliseconds. */
const WAIT_MS = 10;

/** A change that waits for the topics which will probably bring it, too. */
export interface Waiting<T> {
  /** Let go once it has passed: who remembers for what was waited must not keep what it was. */
  value: T | undefined;
  /** Topics whose echo has not come yet. */
  readonly awaited: Set<string>;
  readonly orderingKey: string;
  readonly dueMs: number;
  done: boolean;
}

/**
 * Holds a change back for a moment when other subscribed topics carry the same conversation, so that it is
 * published once with all of them named. What has no such topic passes at once. Order within a key is kept.
 */
export class EchoWait<T extends object | string> {
  readonly #clock: Clock;
  readonly #emit: (value: T) => void;
  readonly #lanes = new Map<string, Waiting<T>[]>();
  // In order of falling due, since all wait equally long.
  #queue: Waiting<T>[] = [];
  #cancel: Cancel | undefined;

  constructor(clock: Clock, emit: (value: T) => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  /** How many changes wait. */
  get size(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.length, 0);
  }

  add(orderingKey: string, value: T, awaited: ReadonlySet<string>): Waiting<T> {
    const waiting: Waiting<T> = {
      value,
      awaited: new Set(awaited),
      orderingKey,
      dueMs: this.#clock.monotonic() + WAIT_MS,
      done: awaited.size === 0,
    };
    const lane = this.#lanes.get(orderingKey);
    if (lane) lane.push(waiting);
    else if (waiting.done) this.#pass(waiting);
    else this.#lanes.set(orderingKey, [waiting]);
    if (!waiting.done) {
      this.#queue.push(waiting);
      this.#arm();
    }
    return waiting;
  }

  /** The echo by `topic` has come. */
  echoed(waiting: Waiting<T>, topic: string): void {
    waiting.awaited.delete(topic);
    if (waiting.awaited.size === 0) this.#finish(waiting);
  }

  /** Lets everything go now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const queue = this.#queue;
    this.#queue = [];
    for (const waiting of queue) this.#finish(waiting);
  }

  #finish(waiting: Waiting<T>): void {
    if (waiting.done) return;
    waiting.done = true;
    const lane = this.#lanes.get(waiting.orderingKey) ?? [];
    for (let head = lane[0]; head?.done; head = lane[0]) {
      lane.shift();
      this.#pass(head);
    }
    if (lane.length === 0) this.#lanes.delete(waiting.orderingKey);
  }

  #pass(waiting: Waiting<T>): void {
    const { value } = waiting;
    waiting.value = undefined;
    if (value !== undefined) this.#emit(value);
  }

  #arm(): void {
    const head = this.#queue[0];
    if (this.#cancel !== undefined || head === undefined) return;
    this.#cancel = this.#clock.after(Math.max(0, head.dueMs - this.#clock.monotonic()), () => {
      this.#cancel = undefined;
      const now = this.#clock.monotonic();
      const due = this.#queue.filter(({ dueMs, done }) => done || dueMs <= now);
      this.#queue = this.#queue.filter(({ dueMs, done }) => !done && dueMs > now);
      for (const waiting of due) this.#finish(waiting);
      this.#arm();
    });
  }
}
