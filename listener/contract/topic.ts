import type { MediaType } from './vocabulary.ts';

/** The shape of the body of a conversation topic: A whole conversation, B one medium of it, C a detail event. */
export type Shape = 'A' | 'B' | 'C';

export type Topic =
  | { readonly kind: 'conversation'; readonly shape: 'A' }
  | { readonly kind: 'conversation'; readonly shape: 'B'; readonly mediaType: MediaType }
  | {
      readonly kind: 'conversation';
      readonly shape: 'C';
      readonly conversationId: string;
      /** What comes after the conversation's id, lower case: `acd.start`, `acw`. */
      readonly detailEvent: string;
    }
  | { readonly kind: 'other' };

const MEDIA_SEGMENTS: ReadonlyMap<string, MediaType> = new Map([
  ['calls', 'voice'],
  ['callbacks', 'callback'],
  ['chats', 'chat'],
  ['emails', 'email'],
  ['messages', 'message'],
  ['internalmessages', 'internalmessage'],
  ['cobrowsesessions', 'cobrowse'],
  ['screenshares', 'screenshare'],
  ['screenmonitorings', 'screenmonitoring'],
  ['videos', 'video'],
  ['socialexpressions', 'social'],
]);

/**
 * The topic under which the org socket's updates of conversations are passed on: they come by no queue or user,
 * and rules that look for `….conversations` match it.
 */
export const ALL_CONVERSATIONS_TOPIC = 'v2.conversations';

const SNAPSHOT_TOPIC = /^v2\.(?:routing\.queues|users)\.[^.]+\.conversations(?:\.([^.]+))?$/i;
const DETAIL_TOPIC = /^v2\.detail\.events\.conversation\.([^.]+)\.(.+)$/i;
const WHOLE_CONVERSATION: Topic = { kind: 'conversation', shape: 'A' };
const OTHER: Topic = { kind: 'other' };

/**
 * Tells what a topic's notifications are about by its name alone.
 * Names are matched whatever their case; ids keep theirs.
 */
export function classifyTopic(topicName: string): Topic {
  if (topicName === ALL_CONVERSATIONS_TOPIC) return WHOLE_CONVERSATION;
  const snapshot = SNAPSHOT_TOPIC.exec(topicName);
  if (snapshot) {
    if (snapshot[1] === undefined) return WHOLE_CONVERSATION;
    const mediaType = MEDIA_SEGMENTS.get(snapshot[1].toLowerCase());
    return mediaType === undefined ? OTHER : { kind: 'conversation', shape: 'B', mediaType };
  }
  const [, conversationId, detailEvent] = DETAIL_TOPIC.exec(topicName) ?? [];
  if (conversationId === undefined || detailEvent === undefined) return OTHER;
  return { kind: 'conversation', shape: 'C', conversationId, detailEvent: detailEvent.toLowerCase() };
}

/** The first of the segments that an id follows; a conversation's medium may come between. */
const BEFORE_AN_ID =
  /^(v2\.(?:.+?\.)??(?:users|queues|groups|stations|conversation|conversations(?:\.(?:calls|callbacks|chats|emails|messages))?|operations\.events))\.([^.]+)(?=\.|$)/i;
const UUID_SEGMENT = /(?<=\.)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?=\.|$)/gi;

/**
 * The topic with a literal `{id}` where its id stands, which is the `detail-type`
 * that Genesys Cloud's own EventBridge integration gives.
 */
export function topicTemplate(topicName: string): string {
  return topicName.replace(BEFORE_AN_ID, '$1.{id}').replace(UUID_SEGMENT, '{id}');
}
