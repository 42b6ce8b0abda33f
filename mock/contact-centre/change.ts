import type { AgentStatus } from './agent-status.ts';
import type { Conversation } from './conversation.ts';
import { mediaBody } from './media-conversation.ts';

/** What one topic gets of a change. */
export interface TopicNotification {
  readonly topicName: string;
  /** False when the queue or user has had its part in the conversation and no longer takes part. */
  readonly takesPart: boolean;
  /**
   * The `eventBody` as compact JSON, made once however many topics carry it.
   * To be called while the change is announced: later the conversation has moved on.
   * @throws Error when called too late for the first time
   */
  body(): string;
}

/** One thing that happened in the contact centre. */
export interface Change {
  /** 1, 2, 3 … in order. */
  readonly id: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Absent when it is about an agent. */
  readonly conversationId: string | undefined;
  /** A UUID, as `metadata.CorrelationId` carries it. */
  readonly correlationId: string;
  readonly notifications: readonly TopicNotification[];
  /**
   * The whole conversation as compact JSON, whether a topic carries it or not; under the rules of
   * `TopicNotification.body`. Absent when it is about an agent.
   */
  readonly conversation: (() => string) | undefined;
}

/** What one update of a conversation brings: to the topics, and as a whole. Detail events are read off the conversation. */
export function conversationChange(
  conversation: Conversation,
): Pick<Change, 'conversationId' | 'notifications' | 'conversation'> {
  const { id, revision } = conversation;
  const current = (make: () => string) =>
    once(() => {
      if (conversation.revision !== revision) throw new Error(`Conversation ${id} has changed since`);
      return make();
    });
  const whole = current(() => conversation.wholeBody());
  const media = conversation.mediaTypes.map((name) => ({
    name,
    body: current(() => mediaBody(conversation, name)),
  }));

  const notifications: TopicNotification[] = [];
  for (const queueId of conversation.queues.keys()) {
    const prefix = `v2.routing.queues.${queueId}.conversations`;
    const takesPart = conversation.legs.some(
      (leg) => leg.participant.queueId === queueId && (leg.live || leg.wrappingUp),
    );
    notifications.push({ topicName: prefix, takesPart, body: whole });
    for (const { name, body } of media) {
      // A queue's video and social topics carry whole conversations (QueueConversationVideoEventTopicConversation).
      const asWhole = name === 'videos' || name === 'socialexpressions';
      notifications.push({ topicName: `${prefix}.${name}`, takesPart, body: asWhole ? whole : body });
    }
  }
  for (const [userId, takesPart] of usersOf(conversation)) {
    const prefix = `v2.users.${userId}.conversations`;
    notifications.push({ topicName: prefix, takesPart, body: whole });
    for (const { name, body } of media) {
      notifications.push({ topicName: `${prefix}.${name}`, takesPart, body });
    }
  }
  for (const detail of conversation.details) {
    notifications.push({
      topicName: `v2.detail.events.conversation.${id}.${detail.name}`,
      takesPart: true,
      body: once(() => JSON.stringify(detail.body)),
    });
  }
  return { conversationId: id, notifications, conversation: whole };
}

/** What an agent's topics get when routing status, presence or number of conversations changed. */
export function agentNotifications(
  status: AgentStatus,
  changed: { readonly routing: boolean; readonly presence: boolean; readonly summary: boolean },
): TopicNotification[] {
  const prefix = `v2.users.${status.agent.id}`;
  const notification = (topic: string, body: object): TopicNotification => {
    const text = JSON.stringify(body);
    return { topicName: `${prefix}.${topic}`, takesPart: true, body: () => text };
  };
  const notifications: TopicNotification[] = [];
  if (changed.routing) notifications.push(notification('routingStatus', status.routingStatusBody()));
  if (changed.presence) notifications.push(notification('presence', status.presenceBody()));
  if (changed.routing || changed.presence)
    notifications.push(notification('activity', status.activityBody()));
  if (changed.summary) notifications.push(notification('conversationsummary', status.summaryBody()));
  return notifications;
}

function usersOf(conversation: Conversation): Map<string, boolean> {
  const users = new Map<string, boolean>();
  for (const leg of conversation.legs) {
    const { userId } = leg.participant;
    if (userId !== undefined) users.set(userId, users.get(userId) === true || leg.live || leg.wrappingUp);
  }
  return users;
}

function once(make: () => string): () => string {
  let text: string | undefined;
  return () => {
    text ??= make();
    return text;
  };
}
