import { z } from 'zod';
import { conversationBlock } from './conversation-block.ts';
import { buildDetail, withoutBody } from './detail.ts';
import { normaliseDetailEvent } from './detail-event.ts';
import { firstVersionOf, versionOfForgotten } from './first-version.ts';
import type { NotificationFrame } from './frame.ts';
import { bodyDigest, eventId, revision } from './identity.ts';
import { normaliseSnapshot } from './normalise.ts';
import { frameOfConversation, type RestConversation } from './rest-conversation.ts';
import type { Snapshot } from './snapshot.ts';
import { classifyTopic, type Shape, type Topic, topicTemplate } from './topic.ts';
import { ConversationTracker, type Lane, type TrackedPosition } from './tracker.ts';
import { type Change, CONTRACT_VERSION, DETAIL_TYPES, type Dialect, type MediaType } from './vocabulary.ts';

/** Where and when a notification was received. */
export interface ReceiptContext {
  readonly receivedAt: Date;
  readonly shard: string;
  readonly dialect: Dialect;
  /** See `formatSequence`. */
  readonly sequence: string;
  /** The digest of the body, if it was taken already to look for echoes (`bodyDigest`). */
  readonly digest?: string;
  /** How much later another listener may have received it that counted it first, in milliseconds; 0 unless said. */
  readonly laterByMs?: number;
}

/** What a log line or a display needs of an event. */
export interface EventSummary {
  readonly conversationId: string | undefined;
  readonly mediaTypes: readonly string[];
  readonly state: string | undefined;
  readonly queueIds: readonly string[];
  readonly agentIds: readonly string[];
  readonly changes: readonly Change[];
}

/** A notification that has its version and identity; its detail is built when it is sent. */
export interface AcceptedNotification {
  /** The key within which order is kept: the conversation's id or the topic. */
  readonly orderingKey: string;
  /** How many notifications of the ordering key were accepted, this one included. */
  readonly version: number;
  /** See `bodyDigest`. */
  readonly digest: string;
  /** The revision of the conversation's last whole snapshot, this one or an earlier one. */
  readonly revision: string | undefined;
  /** A conversation that has not ended, as far as is known. */
  readonly open: boolean;
  /** Whether the body was asked for, not notified. */
  readonly backfilled: boolean;
  readonly eventId: string;
  readonly detailType: string;
  readonly summary: EventSummary;
  /** `unknown`: a conversation topic whose body has no known shape. `none`: a topic that is no conversation. */
  readonly shape: Shape | 'unknown' | 'none';
  readonly frame: NotificationFrame;
  readonly context: ReceiptContext;
  /** `detail.conversation` as JSON. */
  readonly conversation: string | undefined;
}

export interface AssembledEvent
  extends Pick<AcceptedNotification, 'orderingKey' | 'eventId' | 'detailType' | 'summary' | 'shape'> {
  /** A JSON object as text. */
  readonly detail: string;
}

export interface EventAssemblerOptions {
  readonly tracker?: ConversationTracker;
  /**
   * `contract`: the detail-types of this contract. `topic`: the topic with a literal `{id}`,
   * as Genesys Cloud's own EventBridge integration has it, for rules written for that one.
   */
  readonly detailTypeMode?: 'contract' | 'topic';
}

/** What a notification says of its conversation, before it is counted. */
interface Reading {
  readonly shape: AcceptedNotification['shape'];
  readonly orderingKey: string;
  readonly version: number;
  readonly snapshot?: Snapshot;
  readonly revision?: string;
  readonly changes: readonly Change[];
}

const bodyId = z.object({ id: z.string().min(1) });

/** EventBridge's limit for the name (PutEventsRequestEntry, DetailType). */
const MAX_DETAIL_TYPE = 128;

/**
 * Makes events of notifications, in two steps: `accept` gives version, changes and identity, in the order
 * of receipt; `render` gives the detail, as late as the event is sent, because until then an echo by
 * another topic can add to its topics. `assemble` does both.
 */
export class EventAssembler {
  readonly #tracker: ConversationTracker;
  readonly #detailTypeMode: 'contract' | 'topic';

  constructor(options: EventAssemblerOptions = {}) {
    this.#tracker = options.tracker ?? new ConversationTracker();
    this.#detailTypeMode = options.detailTypeMode ?? 'contract';
  }

  /** Counts a notification. Echoes must not get here: each call is a new version. */
  accept(frame: NotificationFrame, context: ReceiptContext): AcceptedNotification {
    return this.#accept(frame, context, false);
  }

  /**
   * Counts a conversation that was asked for, if it says anything new.
   * @param topicName the topic by which it would have come; one of whole conversations
   * @returns undefined when it says the same as the last whole snapshot of the conversation
   */
  acceptBackfilled(
    conversation: RestConversation,
    topicName: string,
    context: ReceiptContext,
  ): AcceptedNotification | undefined {
    const snapshot = normaliseSnapshot(conversation.body, undefined);
    if (snapshot && this.#tracker.positionOf(snapshot.id)?.revision === revision(snapshot)) return undefined;
    return this.#accept(frameOfConversation(conversation, topicName), context, true);
  }

  /** Where an ordering key stands; undefined when nothing is remembered of it. */
  positionOf(key: string): TrackedPosition | undefined {
    return this.#tracker.positionOf(key);
  }

  /** Where every ordering key stands, the one last heard of last. */
  positions(): Iterable<TrackedPosition> {
    return this.#tracker.positions();
  }

  /** Takes in what a notification says, without counting it: another listener does. */
  observe(frame: NotificationFrame): void {
    const topic = classifyTopic(frame.topicName);
    if (topic.kind === 'other' || topic.shape === 'C') return;
    const medium = topic.shape === 'B' ? topic.mediaType : undefined;
    const snapshot = normaliseSnapshot(frame.eventBody, medium);
    if (snapshot) this.#tracker.observe(laneOf(medium), snapshot);
  }

  /**
   * Goes on counting from these positions, the one last heard of last; what was observed is kept.
   * @param least from which version to count, at least
   * @param endsAreKnown whether an end that a position tells of is the last thing that was told of its conversation
   */
  restore(positions: Iterable<TrackedPosition>, least?: number, endsAreKnown?: boolean): void {
    this.#tracker.restore(positions, least, endsAreKnown);
  }

  /** Goes on from a version that nothing can have reached, since others may have told more than is known here. */
  skipTo(version: number): void {
    this.#tracker.skipTo(version);
  }

  /** The last state of a conversation was lost: it has to be asked for, and whatever it is then is news. */
  forgetState(conversationId: string): void {
    this.#tracker.forgetState(conversationId);
  }

  /** The conversations that have not ended, as far as is known; the one last heard of first. */
  openConversationIds(): string[] {
    return this.#tracker.openConversationIds();
  }

  /** When a conversation that has ended did, where that is known. Milliseconds since the Unix epoch. */
  endOf(conversationId: string): number | undefined {
    return this.#tracker.endOf(conversationId);
  }

  /** The version of the last snapshot of the whole conversation; undefined when there was none. */
  wholeVersionOf(conversationId: string): number | undefined {
    return this.#tracker.wholeVersionOf(conversationId);
  }

  #accept(frame: NotificationFrame, context: ReceiptContext, backfilled: boolean): AcceptedNotification {
    const reading = this.#read(frame, context.receivedAt.getTime() + (context.laterByMs ?? 0));
    const { snapshot, version, shape, orderingKey, changes } = reading;
    const digest = context.digest ?? bodyDigest(frame.bodyText);
    const position = this.#tracker.positionOf(orderingKey);
    return {
      orderingKey,
      version,
      digest,
      revision: position?.revision,
      open: position?.open ?? false,
      backfilled,
      eventId: eventId(orderingKey, version, digest),
      detailType: this.#detailType(frame.topicName, snapshot !== undefined),
      summary: {
        conversationId: snapshot?.id,
        mediaTypes: snapshot?.mediaTypes ?? [],
        state: snapshot?.state,
        queueIds: snapshot?.queueIds ?? [],
        agentIds: snapshot?.agentIds ?? [],
        changes,
      },
      shape,
      frame,
      context,
      conversation: snapshot && conversationBlock(snapshot, reading),
    };
  }

  /**
   * The detail of an accepted notification, as text.
   * @param topics every topic by which it came, its own first
   * @param payloadRef where the body is kept instead, if it is too large for an event
   */
  render(accepted: AcceptedNotification, topics: readonly string[], payloadRef?: string): string {
    const { context } = accepted;
    const timestamp = context.receivedAt.toISOString();
    const bridge = JSON.stringify({
      contractVersion: CONTRACT_VERSION,
      eventId: accepted.eventId,
      sequence: context.sequence,
      shard: context.shard,
      dialect: context.dialect,
      topics,
      receivedAt: timestamp,
      backfilled: accepted.backfilled,
      payloadRef,
    });
    const frame = payloadRef === undefined ? accepted.frame : withoutBody(accepted.frame);
    return buildDetail(frame, { timestamp, conversation: accepted.conversation, bridge });
  }

  /** `accept` and `render` in one, for a notification whose topics are known to be complete. */
  assemble(
    frame: NotificationFrame,
    context: ReceiptContext & { readonly topics: readonly string[] },
  ): AssembledEvent {
    const accepted = this.accept(frame, context);
    const { orderingKey, eventId, detailType, summary, shape } = accepted;
    return {
      orderingKey,
      eventId,
      detailType,
      summary,
      shape,
      detail: this.render(accepted, context.topics),
    };
  }

  #read(frame: NotificationFrame, receivedAt: number): Reading {
    const topic = classifyTopic(frame.topicName);
    if (topic.kind === 'other') return this.#readOther(frame.topicName, receivedAt);
    if (topic.shape === 'C') return this.#readDetailEvent(frame, topic, receivedAt);
    const medium = topic.shape === 'B' ? topic.mediaType : undefined;
    const snapshot = normaliseSnapshot(frame.eventBody, medium);
    if (snapshot === undefined)
      return this.#readUnknown(frame.topicName, bodyId.safeParse(frame.eventBody).data?.id, receivedAt);
    const accepted = this.#tracker.acceptSnapshot(laneOf(medium), snapshot, () =>
      firstVersionOf(frame.eventBody, receivedAt),
    );
    return { shape: topic.shape, orderingKey: snapshot.id, snapshot, ...accepted };
  }

  #readDetailEvent(
    frame: NotificationFrame,
    topic: Extract<Topic, { shape: 'C' }>,
    receivedAt: number,
  ): Reading {
    const event = normaliseDetailEvent(frame.eventBody, topic);
    if (event === undefined) return this.#readUnknown(frame.topicName, topic.conversationId, receivedAt);
    const orderingKey = event.snapshot.id;
    return { shape: 'C', orderingKey, version: this.#tracker.acceptPartial(orderingKey), ...event };
  }

  /** A body of no known shape is passed on raw, in the order of its conversation where that can be told. */
  #readUnknown(topicName: string, conversationId: string | undefined, receivedAt: number): Reading {
    if (conversationId === undefined) return { ...this.#readOther(topicName, receivedAt), shape: 'unknown' };
    const version = this.#tracker.acceptPartial(conversationId);
    return { shape: 'unknown', orderingKey: conversationId, version, changes: [] };
  }

  #readOther(topicName: string, receivedAt: number): Reading {
    const version = this.#tracker.acceptNotification(topicName, () => versionOfForgotten(receivedAt));
    return { shape: 'none', orderingKey: topicName, version, changes: [] };
  }

  /** Only what has a `conversation` is a conversation update, so that consumers can rely on it. */
  #detailType(topicName: string, hasConversation: boolean): string {
    if (this.#detailTypeMode === 'topic') {
      const template = topicTemplate(topicName);
      if (template.length <= MAX_DETAIL_TYPE) return template;
    }
    return hasConversation ? DETAIL_TYPES.conversationUpdated : DETAIL_TYPES.notificationReceived;
  }
}

function laneOf(medium: MediaType | undefined): Lane {
  return medium === undefined ? 'conversation' : `medium:${medium}`;
}
