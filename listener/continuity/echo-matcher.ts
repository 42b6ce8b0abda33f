import type { Clock } from '../clock.ts';

/**
 * The same change comes by its topics within moments, and by a second connection within the seconds for which its
 * notifications are kept back; later, an equal body is a repetition. Milliseconds.
 */
const WINDOW_MS = 10_000;

/** What can come by a source. Both on the scale of `Clock.monotonic()`. */
export interface Reach {
  /** Nothing that was received before comes by it. */
  readonly sinceMs: number;
  /** All that was sent after comes by it; `sinceMs` unless said. */
  readonly surelySinceMs?: number | undefined;
}

/** One change that was accepted. */
interface Occurrence<T> {
  readonly digest: string;
  readonly at: number;
  readonly place: number;
  readonly value: T;
}

interface Lane<T> {
  touchedAt: number;
  nextPlace: number;
  occurrences: Occurrence<T>[];
  /** How far each source has come in the sequence of occurrences. */
  readonly cursors: Map<string, number>;
}

/**
 * Tells echoes from repetitions, occurrence by occurrence.
 *
 * A change of one conversation can arrive by several sources (a queue topic and a user topic, an old connection and
 * a new one). Each source tells the changes in their order, so a body is an echo when it equals an occurrence which
 * this source has not yet passed. Mute, unmute, mute by two topics is therefore three changes, neither two nor six.
 * What was received before a source was subscribed can't come by it again, so that is passed from the start. When that was is
 * not known to the moment; so of those that may have been too early, and the first that was not, the nearest in time is meant.
 */
export class EchoMatcher<T> {
  readonly #clock: Clock;
  // Least recently touched first, so that what is out of the window is found at the front.
  readonly #lanes = new Map<string, Lane<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many conversations are remembered. */
  get size(): number {
    return this.#lanes.size;
  }

  /**
   * What the earlier occurrence holds when this one is its echo; else undefined, and `record` is due.
   * @param reach what can come by this source; everything unless said
   * @param atMs when this one was received, on the same scale; now unless it was kept back
   */
  match(
    key: string,
    source: string,
    digest: string,
    { sinceMs, surelySinceMs = sinceMs }: Reach = EVERYTHING,
    atMs = this.#clock.monotonic(),
  ): T | undefined {
    this.#forget(atMs);
    const lane = this.#lanes.get(key);
    if (lane === undefined) return undefined;
    lane.occurrences = lane.occurrences.filter(({ at }) => atMs - at <= WINDOW_MS);
    const passed = lane.cursors.get(source) ?? -1;
    const alike = lane.occurrences.filter(
      ({ place, at, digest: other }) => place > passed && at >= sinceMs && other === digest,
    );
    // The first that is sure to come by this source comes before all that are alike and later.
    const sure = alike.findIndex(({ at }) => at >= surelySinceMs);
    const possible = sure < 0 ? alike : alike.slice(0, sure + 1);
    const [original] = possible.toSorted((a, b) => distance(a, atMs) - distance(b, atMs));
    if (original === undefined) return undefined;
    lane.cursors.set(source, original.place);
    return original.value;
  }

  /**
   * Remembers a change that was accepted, so that its echoes are known.
   * @param atMs as for `match`
   */
  record(key: string, source: string, digest: string, value: T, atMs = this.#clock.monotonic()): void {
    const lane: Lane<T> = this.#lanes.get(key) ?? {
      touchedAt: atMs,
      nextPlace: 0,
      occurrences: [],
      cursors: new Map(),
    };
    this.#lanes.delete(key);
    this.#lanes.set(key, lane);
    lane.touchedAt = Math.max(lane.touchedAt, atMs);
    const place = lane.nextPlace++;
    lane.occurrences.push({ digest, at: atMs, place, value });
    lane.cursors.set(source, place);
  }

  #forget(now: number): void {
    for (const [key, { touchedAt }] of this.#lanes) {
      if (now - touchedAt <= WINDOW_MS) return;
      this.#lanes.delete(key);
    }
  }
}

const EVERYTHING: Reach = { sinceMs: 0 };

function distance({ at }: { readonly at: number }, atMs: number): number {
  return Math.abs(at - atMs);
}
