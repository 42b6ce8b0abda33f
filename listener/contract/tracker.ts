import { diff } from './changes.ts';
import { revision } from './identity.ts';
import {
  type MemoryOptions,
  MOST_CONVERSATIONS,
  type Remembered,
  RememberedConversations,
  trim,
} from './remembered.ts';
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

export interface AcceptedSnapshot {
  readonly version: number;
  readonly revision: string;
  readonly changes: readonly Change[];
}

/**
 * Counts versions and remembers the last snapshots, within bounds. A forgotten conversation has `unknown` changes, and goes
 * on from a version that it can't have had.
 */
export class ConversationTracker {
  readonly #mostTopics: number;
  readonly #conversations: RememberedConversations;
  // A Map keeps insertion order, so deleting and setting again makes it a least-recently-used list.
  readonly #topics = new Map<string, number>();
  /** From where on everything is counted, at least. */
  #least = 0;
  /** Of these it was known before this term that they have ended, and nothing has come since. */
  readonly #endsKnown = new Set<string>();

  /** @param options as many topics that are no conversations are remembered, too, as `maxConversations` says */
  constructor(options: MemoryOptions = {}) {
    this.#mostTopics = options.maxConversations ?? MOST_CONVERSATIONS;
    this.#conversations = new RememberedConversations(options);
  }

  /** How many conversations are remembered, ended ones included. */
  get size(): number {
    return this.#conversations.size;
  }

  /**
   * Takes a snapshot as the newest of its conversation and lane.
   * @param first from which version to count if nothing is remembered of the conversation
   */
  acceptSnapshot(lane: Lane, snapshot: Snapshot, first?: () => number): AcceptedSnapshot {
    const tracked = this.#take(snapshot.id);
    // Whoever begins to count knows nothing of what was told before, whatever it has observed.
    const before = tracked.version === 0 ? undefined : tracked.lanes[lane];
    this.#count(snapshot.id, tracked, first);
    tracked.partsOnly = false;
    const changes = diff(before, snapshot, lane === 'conversation');
    const accepted = { version: tracked.version, revision: revision(snapshot), changes };
    tracked.lanes = { ...tracked.lanes, [lane]: snapshot };
    if (lane === 'conversation') {
      tracked.wholeVersion = accepted.version;
      tracked.revision = accepted.revision;
    }
    noteEnd(tracked);
    this.#conversations.put(snapshot.id, tracked);
    return accepted;
  }

  /** Takes a snapshot as the newest of its conversation and lane, without counting it. */
  observe(lane: Lane, snapshot: Snapshot): void {
    const tracked = this.#take(snapshot.id);
    tracked.lanes = { ...tracked.lanes, [lane]: snapshot };
    noteEnd(tracked);
    this.#conversations.put(snapshot.id, tracked);
  }

  /** Counts a notification of a conversation that is no snapshot. @returns the version */
  acceptPartial(conversationId: string): number {
    const tracked = this.#take(conversationId);
    tracked.partsOnly ??= tracked.version === 0;
    this.#count(conversationId, tracked);
    this.#conversations.put(conversationId, tracked);
    return tracked.version;
  }

  /**
   * Counts a notification of a topic that is no conversation.
   * @param first from which version to count if nothing is remembered of the topic
   * @returns the version
   */
  acceptNotification(topicName: string, first?: () => number): number {
    const version = this.#after(this.#topics.get(topicName) ?? 0, first);
    this.#topics.delete(topicName);
    this.#topics.set(topicName, version);
    trim(this.#topics, this.#mostTopics);
    return version;
  }

  /** The conversations that have not ended, as far as is known; the one last heard of first. */
  openConversationIds(): string[] {
    return this.#conversations.openIds();
  }

  /** Where a key stands; undefined when nothing is remembered of it. */
  positionOf(key: string): TrackedPosition | undefined {
    const tracked = this.#conversations.find(key);
    if (tracked) return toPosition(key, tracked);
    const version = this.#topics.get(key);
    return version === undefined ? undefined : { key, version, open: false };
  }

  /** The version of the last snapshot of the whole conversation; undefined when there was none. */
  wholeVersionOf(conversationId: string): number | undefined {
    return this.#conversations.find(conversationId)?.wholeVersion || undefined;
  }

  /** When a conversation that has ended did, where that is known. Milliseconds since the Unix epoch. */
  endOf(conversationId: string): number | undefined {
    return this.#conversations.find(conversationId)?.endedAt;
  }

  /** Where every key stands, the one last heard of last. */
  *positions(): Iterable<TrackedPosition> {
    for (const [key, version] of this.#topics) yield { key, version, open: false };
    for (const [key, tracked] of this.#conversations.all()) yield toPosition(key, tracked);
  }

  /**
   * Goes on counting from these positions, the one last heard of last. The next snapshot of such a conversation
   * has `unknown` changes, since a position holds no snapshot, unless one was observed. A count never goes back: what
   * was counted here and not written down in time was published or parked all the same. But only what is written down is known to
   * be published, so revisions and ends are the positions' own.
   * @param least from which version to count, at least
   * @param endsAreKnown whether an end that a position tells of is the last thing that was told of its conversation
   */
  restore(positions: Iterable<TrackedPosition>, least = 0, endsAreKnown = true): void {
    for (const [, tracked] of this.#conversations.all()) tracked.revision = undefined;
    this.#endsKnown.clear();
    for (const position of positions) this.#restore(position);
    if (!endsAreKnown) this.#endsKnown.clear();
    this.#least = least;
    trim(this.#topics, this.#mostTopics);
  }

  /**
   * Goes on from a version that nothing can have reached, since others may have told more than is known here. So none of the
   * states that are known is known to be the one that was told last: what is asked for now is told, whatever it is. Not so
   * where an end is written down.
   */
  skipTo(version: number): void {
    this.#least = version;
    for (const [id, tracked] of this.#conversations.all())
      if (!this.#endsKnown.has(id)) tracked.revision = undefined;
  }

  /** The last state of a conversation is not known any more to be the one that was told; nor is its end. */
  forgetState(conversationId: string): void {
    this.#endsKnown.delete(conversationId);
    const tracked = this.#conversations.take(conversationId);
    if (tracked)
      this.#conversations.put(conversationId, {
        ...tracked,
        revision: undefined,
        ended: false,
        endedAt: undefined,
      });
  }

  #restore({ key, version, revision: known, open }: TrackedPosition): void {
    if (!open && known === undefined && this.#conversations.find(key) === undefined) {
      // A topic; or a conversation of which no more is known than its version, which `#take` finds here.
      const counted = this.#topics.get(key) ?? 0;
      this.#topics.delete(key);
      this.#topics.set(key, Math.max(version, counted));
      return;
    }
    const { lanes, wholeVersion, version: counted } = this.#take(key);
    // What was counted here beyond it is parked under those versions.
    const reached = Math.max(version, counted);
    this.#conversations.put(key, {
      version: reached,
      wholeVersion: known === undefined ? wholeVersion : reached,
      revision: known,
      ended: !open,
      lanes,
    });
    if (!open && known !== undefined) this.#endsKnown.add(key);
  }

  #count(id: string, tracked: Remembered, first?: () => number): void {
    const { version, partsOnly } = tracked;
    tracked.version = partsOnly
      ? Math.max(this.#after(version), (first?.() ?? 0) + 1)
      : this.#after(version, first);
    this.#endsKnown.delete(id);
  }

  /** @param version 0 where nothing is remembered */
  #after(version: number, first?: () => number): number {
    const from = version === 0 ? (first?.() ?? 0) : version;
    return Math.max(from, this.#least) + 1;
  }

  #take(id: string): Remembered {
    const version = this.#topics.get(id) ?? 0;
    this.#topics.delete(id);
    const unknown = { version, wholeVersion: 0, revision: undefined, ended: false, lanes: {} };
    return this.#conversations.take(id) ?? unknown;
  }
}

function noteEnd(tracked: Remembered): void {
  tracked.ended = hasEnded(tracked);
  const ends = Object.values(tracked.lanes).flatMap(({ endedAt = [] }) => endedAt);
  tracked.endedAt = tracked.ended && ends.length > 0 ? Math.max(...ends) : undefined;
}

/** The whole conversation tells its end; where it is not heard of, every medium that is. */
function hasEnded({ lanes, ended, wholeVersion }: Remembered): boolean {
  const whole = lanes['conversation'];
  if (whole !== undefined) return whole.state === 'ended';
  return wholeVersion > 0 ? ended : Object.values(lanes).every(({ state }) => state === 'ended');
}

function toPosition(key: string, { version, revision: known, ended }: Remembered): TrackedPosition {
  return { key, version, open: !ended, ...(known === undefined ? {} : { revision: known }) };
}
