import type { NotificationFrame } from './frame.ts';
import { normaliseSnapshot } from './normalise.ts';
import { ALL_CONVERSATIONS_TOPIC, classifyTopic } from './topic.ts';
import type { Dialect } from './vocabulary.ts';

/** The key within which a notification's order is kept, told without counting it: a conversation's id or the topic. */
export function orderingKeyOf({ topicName, eventBody }: NotificationFrame): string {
  const topic = classifyTopic(topicName);
  if (topic.kind === 'other') return topicName;
  if (topic.shape === 'C') return memberOf(eventBody, 'conversationId') || topic.conversationId;
  return memberOf(eventBody, 'id') || topicName;
}

/** Only snapshots of conversations come by several topics, and they have the conversation's id at the top. */
export function echoKeyOf({ topicName, eventBody }: NotificationFrame): string {
  const topic = classifyTopic(topicName);
  if (topic.kind !== 'conversation' || topic.shape === 'C') return topicName;
  return memberOf(eventBody, 'id') || topicName;
}

/** A topic by which a whole conversation would be told, and what one has to be subscribed to for that. */
export interface Carrier {
  readonly topicName: string;
  readonly subscriptions: readonly string[];
}

/** The topics by which a conversation, as REST answers it, would come; the likeliest first. */
export function carriersOf(conversation: unknown, dialect: Dialect): readonly Carrier[] {
  const snapshot = normaliseSnapshot(conversation, undefined);
  if (snapshot === undefined) return [];
  if (dialect === 'org-socket')
    return [
      {
        topicName: ALL_CONVERSATIONS_TOPIC,
        subscriptions: ['conversations:*', `conversation:${snapshot.id}`],
      },
    ];
  const names = [
    ...snapshot.queueIds.map((id) => `v2.routing.queues.${id}.conversations`),
    ...snapshot.agentIds.map((id) => `v2.users.${id}.conversations`),
  ];
  return names.map((topicName) => ({
    topicName,
    subscriptions: [topicName, ...snapshot.mediaTypes.map((medium) => `${topicName}.${segmentOf(medium)}`)],
  }));
}

/** The last segment of the topic that tells of one medium alone. */
function segmentOf(mediaType: string): string {
  return SEGMENTS.get(mediaType) ?? `${mediaType}s`;
}

const SEGMENTS: ReadonlyMap<string, string> = new Map([
  ['voice', 'calls'],
  ['cobrowse', 'cobrowsesessions'],
  ['social', 'socialexpressions'],
]);

function memberOf(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const value: unknown = Reflect.get(body, name);
  return typeof value === 'string' ? value : undefined;
}
