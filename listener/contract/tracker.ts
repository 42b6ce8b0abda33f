import { diff } from './changes.ts';
import { revision } from './identity.ts';
import type { Snapshot } from './snapshot.ts';
import type { Change } from './vocabulary.ts';

/**
 * Which snapshots can be compared: all of shape A with each other, those of shape B medium by medium.
 * A shape B snapshot knows one medium only; against a shape A one, the others would seem to have ended.
 */
export type Lane = 'conversation' | `medium:${string}`;

/** How far counting has come with a key: a conversation's id, or the topic of what is no conversation. */
export interface TrackedPosition {
  readonly key: string;
  readonly version: number;
  /** The revision of the last snapshot of the whole conversation; absent when there was none. */
  readonly revision?: string | undefined;
  /** A conversation that has not ended, as far as is known. */
  readonly open: boolean;
}

/** What is remembered of a conversation. */
interface TrackedConversation {
  version: number;
  /** The version of the last snapshot of the whole conversation, 0 when there was none. */
  wholeVersion: number;
  revision: string | undefined;
  ended: boolean;
  readonly lanes: { [lane: string]: Snapshot };
}

/** What others may have told that no position says. */
export interface Untold {
  /** A version that nothing has reached which no position tells of. */
  readonly above: number;
  /** Whether what has a position may have been told beyond that, too. */
  readonly beyondPositions: boolean;
}

export interface AcceptedSnapshot {
  readonly version: number;
  readonly revision: string;
  readonly changes: readonly Change[];
}

export interface TrackerOptions {
  /** How many conversations, and how many other topics, are remembered. */
  readonly maxConversations?: number;
  /** How many of the conversations may be ended ones; they are kept for what still comes after the end. */
  readonly maxEnded?: number;
}

/**
 * Counts versions and remembers the last snapshots, within bounds. What was least recently heard of is
 * forgotten first, ended conversations before others. A forgotten conversation starts again at version 1,
 * with `unknown` changes.
 */
export class ConversationTracker {
  readonly #maxConversations: number;
  readonly #maxEnded: number;
  // A Map keeps insertion order, so deleting and setting again makes it a least-recently-used list.
  readonly #open = new Map<string, TrackedConversation>();
  readonly #ended = new Map<string, TrackedConversation>();
  readonly #topics = new Map<string, number>();
  /** From here on what nothing is remembered of is counted. */
  #base = 0;

  constructor(options: TrackerOptions = {}) {
    this.#maxConversations = options.maxConversations ?? 50_000;
    this.#maxEnded = options.maxEnded ?? Math.ceil(this.#maxConversations / 10);
  }

  /** How many conversations are remembered, ended ones included. */
  get size(): number {
    return this.#open.size + this.#ended.size;
  }

  /** Takes a snapshot as the newest of its conversation and lane. */
  acceptSnapshot(lane: Lane, snapshot: Snapshot): AcceptedSnapshot {
    const tracked = this.#take(snapshot.id);
    // Whoever begins to count knows nothing of what was told before, whatever it has observed.
    const before = tracked.version === 0 ? undefined : tracked.lanes[lane];
    this.#count(tracked);
    const changes = diff(before, snapshot, lane === 'conversation');
    const accepted = { version: tracked.version, revision: revision(snapshot), changes };
    tracked.lanes[lane] = snapshot;
    if (lane === 'conversation') {
      tracked.wholeVersion = accepted.version;
      tracked.revision = accepted.revision;
    }
    tracked.ended = hasEnded(tracked);
    this.#put(snapshot.id, tracked);
    return accepted;
  }

  /** Takes a snapshot as the newest of its conversation and lane, without counting it. */
  observe(lane: Lane, snapshot: Snapshot): void {
    const tracked = this.#take(snapshot.id);
    tracked.lanes[lane] = snapshot;
    tracked.ended = hasEnded(tracked);
    this.#put(snapshot.id, tracked);
  }

  /** Counts a notification of a conversation that is no snapshot. @returns the version */
  acceptPartial(conversationId: string): number {
    const tracked = this.#take(conversationId);
    this.#count(tracked);
    this.#put(conversationId, tracked);
    return tracked.version;
  }

  /** Counts a notification of a topic that is no conversation. @returns the version */
  acceptNotification(topicName: string): number {
    const version = (this.#topics.get(topicName) ?? this.#base) + 1;
    this.#topics.delete(topicName);
    this.#topics.set(topicName, version);
    trim(this.#topics, this.#maxConversations);
    return version;
  }

  /** The conversations that have not ended, as far as is known; the one last heard of first. */
  openConversationIds(): string[] {
    return [...this.#open.keys()].reverse();
  }

  /** Where a key stands; undefined when nothing is remembered of it. */
  positionOf(key: string): TrackedPosition | undefined {
    const tracked = this.#find(key);
    if (tracked) return toPosition(key, tracked);
    const version = this.#topics.get(key);
    return version === undefined ? undefined : { key, version, open: false };
  }

  /** The version of the last snapshot of the whole conversation; undefined when there was none. */
  wholeVersionOf(conversationId: string): number | undefined {
    return this.#find(conversationId)?.wholeVersion || undefined;
  }

  /** Where every key stands, the one last heard of last. */
  *positions(): Iterable<TrackedPosition> {
    for (const [key, version] of this.#topics) yield { key, version, open: false };
    for (const [key, tracked] of this.#ended) yield toPosition(key, tracked);
    for (const [key, tracked] of this.#open) yield toPosition(key, tracked);
  }

  /**
   * Goes on counting from these positions, the one last heard of last. The next snapshot of such a conversation
   * has `unknown` changes, since a position holds no snapshot, unless one was observed. A count never goes back: what
   * was counted here and not written down in time was published or parked all the same. But only what is written down is known to
   * be published, so revisions and ends are the positions' own.
   * @param untold what others may have told beyond these positions; nothing unless said
   */
  restore(
    positions: Iterable<TrackedPosition>,
    { above, beyondPositions }: Untold = { above: 0, beyondPositions: false },
  ): void {
    for (const tracked of [...this.#open.values(), ...this.#ended.values()]) tracked.revision = undefined;
    for (const position of positions) this.#restore(position);
    this.#base = above;
    if (beyondPositions) this.#skipTo(above);
    trim(this.#topics, this.#maxConversations);
  }

  #restore({ key, version, revision: known, open }: TrackedPosition): void {
    if (!open && known === undefined && this.#find(key) === undefined) {
      // A topic; or a conversation of which no more is known than its version, which `#take` finds here.
      const counted = this.#topics.get(key) ?? 0;
      this.#topics.delete(key);
      this.#topics.set(key, Math.max(version, counted));
      return;
    }
    const { lanes, wholeVersion, version: counted } = this.#take(key);
    // What was counted here beyond it is parked under those versions.
    const reached = Math.max(version, counted);
    this.#put(key, {
      version: reached,
      wholeVersion: known === undefined ? wholeVersion : reached,
      revision: known,
      ended: !open,
      lanes,
    });
  }

  #skipTo(above: number): void {
    for (const tracked of [...this.#open.values(), ...this.#ended.values()])
      if (tracked.version > 0) tracked.version = Math.max(tracked.version, above);
    for (const [key, version] of this.#topics) this.#topics.set(key, Math.max(version, above));
    // What was told last may be none of these states; what is asked for now is told, whatever it is.
    for (const tracked of [...this.#open.values(), ...this.#ended.values()]) tracked.revision = undefined;
  }

  #count(tracked: TrackedConversation): void {
    tracked.version = (tracked.version === 0 ? this.#base : tracked.version) + 1;
  }

  #find(id: string): TrackedConversation | undefined {
    return this.#open.get(id) ?? this.#ended.get(id);
  }

  #take(id: string): TrackedConversation {
    const version = this.#topics.get(id) ?? 0;
    const unknown = { version, wholeVersion: 0, revision: undefined, ended: false, lanes: {} };
    const tracked = this.#find(id) ?? unknown;
    this.#open.delete(id);
    this.#ended.delete(id);
    this.#topics.delete(id);
    return tracked;
  }

  #put(id: string, tracked: TrackedConversation): void {
    (tracked.ended ? this.#ended : this.#open).set(id, tracked);
    trim(this.#ended, this.#maxEnded);
    trim(this.#ended, Math.max(this.#maxConversations - this.#open.size, 0));
    trim(this.#open, this.#maxConversations);
  }
}

/** The whole conversation tells its end; where it is not heard of, every medium that is. */
function hasEnded({ lanes, ended, wholeVersion }: TrackedConversation): boolean {
  const whole = lanes['conversation'];
  if (whole !== undefined) return whole.state === 'ended';
  return wholeVersion > 0 ? ended : Object.values(lanes).every(({ state }) => state === 'ended');
}

function toPosition(key: string, { version, revision: known, ended }: TrackedConversation): TrackedPosition {
  return { key, version, open: !ended, ...(known === undefined ? {} : { revision: known }) };
}

function trim(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
