import type { Snapshot } from './snapshot.ts';

/** What is remembered of a conversation. */
export interface Remembered {
  version: number;
  /** Whether no snapshot of it was counted yet, and nothing was remembered of it before. */
  partsOnly?: boolean;
  /** The version of the last snapshot of the whole conversation, 0 when there was none. */
  wholeVersion: number;
  revision: string | undefined;
  ended: boolean;
  /** When it ended, where that is known. Milliseconds since the Unix epoch. */
  endedAt?: number | undefined;
  /** The last snapshot of each lane. */
  lanes: { readonly [lane: string]: Snapshot };
}

export interface MemoryOptions {
  /** How many conversations are remembered. */
  readonly maxConversations?: number | undefined;
  /** Of how many ended ones the last snapshots are; they are kept for what still comes after the end. */
  readonly maxEnded?: number | undefined;
  /** Of how many more that ended before those it is known that they have, and no more. */
  readonly maxPast?: number | undefined;
}

/** At hundreds of updates a second that is five minutes: more than closing a gap looks back. */
const MOST_PAST = 15_000;
/** What is remembered at most, unless said. */
export const MOST_CONVERSATIONS = 50_000;

/**
 * Remembers conversations, within bounds. What was least recently heard of is forgotten first, ended conversations before
 * others. Of those that ended longer ago no snapshot is kept: that they have, and how far counting had come, is all that is asked for.
 */
export class RememberedConversations {
  readonly #most: number;
  readonly #mostEnded: number;
  readonly #mostPast: number;
  // A Map keeps insertion order, so deleting and setting again makes it a least-recently-used list.
  readonly #open = new Map<string, Remembered>();
  readonly #ended = new Map<string, Remembered>();
  readonly #past = new Map<string, Remembered>();

  constructor({ maxConversations = MOST_CONVERSATIONS, maxEnded, maxPast = MOST_PAST }: MemoryOptions) {
    this.#most = maxConversations;
    this.#mostEnded = maxEnded ?? Math.ceil(maxConversations / 10);
    this.#mostPast = maxPast;
  }

  get size(): number {
    return this.#open.size + this.#ended.size + this.#past.size;
  }

  find(id: string): Remembered | undefined {
    return this.#open.get(id) ?? this.#ended.get(id) ?? this.#past.get(id);
  }

  /** Takes it out, to be put back as the one last heard of. */
  take(id: string): Remembered | undefined {
    const found = this.find(id);
    this.#open.delete(id);
    this.#ended.delete(id);
    this.#past.delete(id);
    return found;
  }

  put(id: string, remembered: Remembered): void {
    (remembered.ended ? this.#ended : this.#open).set(id, remembered);
    for (const [oldest, { lanes: _, ...rest }] of this.#ended) {
      if (this.#ended.size <= this.#mostEnded) break;
      this.#ended.delete(oldest);
      // Nothing was counted of it here: then there is nothing to go on from.
      if (rest.version > 0) this.#past.set(oldest, { ...rest, lanes: NO_LANES });
    }
    trim(this.#past, Math.min(Math.max(this.#most - this.#open.size - this.#ended.size, 0), this.#mostPast));
    trim(this.#ended, Math.max(this.#most - this.#open.size, 0));
    trim(this.#open, this.#most);
  }

  /** The conversations that have not ended, the one last heard of first. */
  openIds(): string[] {
    return [...this.#open.keys()].reverse();
  }

  /** All, those that have ended first, and of each kind the one last heard of last. */
  *all(): Iterable<readonly [string, Remembered]> {
    yield* this.#past;
    yield* this.#ended;
    yield* this.#open;
  }
}

const NO_LANES: Remembered['lanes'] = {};

/** Forgets what was set first. */
export function trim(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
