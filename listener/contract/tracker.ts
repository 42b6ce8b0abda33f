import { diff } from './changes.ts';
import { revision } from './identity.ts';
import type { Snapshot } from './snapshot.ts';
import type { Change } from './vocabulary.ts';

/**
 * Which snapshots can be compared: all of shape A with each other, those of shape B medium by medium.
 * A shape B snapshot knows one medium only; against a shape A one, the others would seem to have ended.
 */
export type Lane = 'conversation' | `medium:${string}`;

/** What is remembered of a conversation. Plain data, so that it can be checkpointed. */
interface TrackedConversation {
  version: number;
  readonly lanes: { [lane: string]: Snapshot };
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
    tracked.version++;
    const changes = diff(tracked.lanes[lane], snapshot, lane === 'conversation');
    tracked.lanes[lane] = snapshot;
    this.#put(snapshot.id, tracked);
    return { version: tracked.version, revision: revision(snapshot), changes };
  }

  /** Counts a notification of a conversation that is no snapshot. @returns the version */
  acceptPartial(conversationId: string): number {
    const tracked = this.#take(conversationId);
    tracked.version++;
    this.#put(conversationId, tracked);
    return tracked.version;
  }

  /** Counts a notification of a topic that is no conversation. @returns the version */
  acceptNotification(topicName: string): number {
    const version = (this.#topics.get(topicName) ?? 0) + 1;
    this.#topics.delete(topicName);
    this.#topics.set(topicName, version);
    trim(this.#topics, this.#maxConversations);
    return version;
  }

  #take(id: string): TrackedConversation {
    const tracked = this.#open.get(id) ?? this.#ended.get(id) ?? { version: 0, lanes: {} };
    this.#open.delete(id);
    this.#ended.delete(id);
    return tracked;
  }

  #put(id: string, tracked: TrackedConversation): void {
    (hasEnded(tracked) ? this.#ended : this.#open).set(id, tracked);
    trim(this.#ended, this.#maxEnded);
    trim(this.#ended, Math.max(this.#maxConversations - this.#open.size, 0));
    trim(this.#open, this.#maxConversations);
  }
}

/** Ended in every lane that was heard of. Without a snapshot the end can't be told. */
function hasEnded({ lanes }: TrackedConversation): boolean {
  const snapshots = Object.values(lanes);
  return snapshots.length > 0 && snapshots.every((snapshot) => snapshot.state === 'ended');
}

function trim(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
