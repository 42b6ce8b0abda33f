/** A notification as it was written to an open socket. */
export interface WireEntry {
  readonly channelId: string;
  readonly topicName: string;
  /** Absent for notifications that are about no conversation. */
  readonly conversationId: string | undefined;
  /** The change of the contact centre that caused it: the same for all topics that carry it. */
  readonly change: number;
  /** The frame. */
  readonly text: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/**
 * What the mock put on sockets, for comparing with what came out at the other end. Notifications only: no heartbeats,
 * no acknowledgements. Written means handed to an open socket; a connection cut right after may still have lost it.
 */
export class WireRecord implements Iterable<WireEntry> {
  #entries: WireEntry[] = [];
  #written = 0;
  readonly #limit: number;

  /** @param limit how many entries are kept, the newest; `Infinity` keeps all */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many notifications were ever written, whether kept or not. */
  get written(): number {
    return this.#written;
  }

  /** How many are kept. */
  get size(): number {
    return Math.min(this.#entries.length, this.#limit);
  }

  add(entry: WireEntry): void {
    this.#written += 1;
    if (this.#limit === 0) return;
    this.#entries.push(entry);
    // Cut in large slices: shifting one by one would cost as much as it keeps.
    if (this.#entries.length >= this.#limit * 2) this.#entries = this.#entries.slice(-this.#limit);
  }

  /** Forgets the entries, not the count. */
  clear(): void {
    this.#entries = [];
  }

  [Symbol.iterator](): Iterator<WireEntry> {
    return this.#entries.slice(Math.max(0, this.#entries.length - this.#limit))[Symbol.iterator]();
  }
}
