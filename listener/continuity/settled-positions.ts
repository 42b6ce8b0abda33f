import type { KeyPosition } from './checkpoint-store.ts';

/** For how long the end of a conversation is remembered, in milliseconds: far longer than a standby keeps frames. */
const ENDED_MS = 300_000;
/** The same for the count of a topic that is no conversation. */
const TOPIC_MS = 900_000;
const MOST_OPEN = 50_000;

/** How far each key has come, within bounds, and what has changed since it was last asked. */
export class SettledPositions {
  // A Map keeps insertion order, so deleting and setting again makes the one least recently heard of the first.
  readonly #open = new Map<string, KeyPosition>();
  readonly #closed = new Map<string, KeyPosition>();
  #touched = new Set<string>();
  readonly #mostOpen: number;

  constructor(mostOpen = MOST_OPEN) {
    this.#mostOpen = mostOpen;
  }

  get size(): number {
    return this.#open.size + this.#closed.size;
  }

  /** A copy. */
  all(): ReadonlyMap<string, KeyPosition> {
    return new Map([...this.#closed, ...this.#open]);
  }

  /** Takes a position, unless a newer one of its key is known: events are not settled in their order. */
  add(position: KeyPosition): void {
    const { key, version, open } = position;
    const known = this.#open.get(key) ?? this.#closed.get(key);
    if (known !== undefined && known.version > version) return;
    this.#open.delete(key);
    this.#closed.delete(key);
    (open ? this.#open : this.#closed).set(key, position);
    this.#touched.add(key);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= this.#mostOpen) break;
      this.#forget(this.#open, oldest);
    }
  }

  /** Forgets what has ended long enough ago. */
  forgetEnded(nowMs: number): void {
    for (const [key, { receivedAt }] of this.#closed) {
      const age = nowMs - receivedAt;
      if (age > (isTopic(key) ? TOPIC_MS : ENDED_MS)) this.#forget(this.#closed, key);
    }
  }

  /** What has changed since the last call. */
  take(): { readonly changed: readonly KeyPosition[]; readonly forgotten: readonly string[] } {
    const changed: KeyPosition[] = [];
    const forgotten: string[] = [];
    for (const key of this.#touched) {
      const position = this.#open.get(key) ?? this.#closed.get(key);
      if (position === undefined) forgotten.push(key);
      else changed.push(position);
    }
    this.#touched = new Set();
    return { changed, forgotten };
  }

  /** What was taken could not be written: it has changed still, or changed once more. */
  putBack(taken: { readonly changed: readonly KeyPosition[]; readonly forgotten: readonly string[] }): void {
    for (const { key } of taken.changed) this.#touched.add(key);
    for (const key of taken.forgotten) this.#touched.add(key);
  }

  #forget(from: Map<string, KeyPosition>, key: string): void {
    from.delete(key);
    this.#touched.add(key);
  }
}

/** A conversation's key is its id. */
function isTopic(key: string): boolean {
  return key.includes('.');
}
