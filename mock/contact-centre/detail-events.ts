import type { Conversation } from './conversation.ts';
import { CENTRE, EMAIL_SUBJECT } from './directory.ts';
import type { Leg } from './leg.ts';
import { MEDIA } from './media.ts';

/** The kinds of detail events, as they end the topic `v2.detail.events.conversation.{id}.…`. */
export const DETAIL_EVENTS = [
  'customer.start',
  'customer.end',
  'flow.start',
  'flow.end',
  'flow.outcome',
  'acd.start',
  'acd.end',
  'user.start',
  'user.end',
  'acw',
  'wrapup',
  'attributes',
  'contact',
  'outbound',
  'voicemail.start',
  'voicemail.end',
] as const;

export type DetailEventName = (typeof DETAIL_EVENTS)[number];

export interface DetailEvent {
  readonly name: DetailEventName;
  readonly body: object;
}

/** Words for a disconnect type in detail events, where they differ from the upper-case form. */
const DISCONNECT_TYPES: Readonly<Record<string, string>> = {
  'transfer.conference': 'CONFERENCE_TRANSFER',
  'transfer.consult': 'CONSULT_TRANSFER',
  'transfer.forward': 'FORWARD_TRANSFER',
  'transfer.noanswer': 'NO_ANSWER_TRANSFER',
  'transfer.notavailable': 'NOT_AVAILABLE_TRANSFER',
  'transport.failure': 'TRANSPORT_FAILURE',
};

export function detailDisconnectType(disconnectType: string): string {
  return DISCONNECT_TYPES[disconnectType] ?? disconnectType.toUpperCase();
}

/** A detail event of one leg: flat, times in epoch milliseconds, enums in upper case. */
export function detailEvent(
  name: DetailEventName,
  conversation: Conversation,
  leg: Leg,
  eventTime: number,
  extra: object = {},
): DetailEvent {
  const { customer, direction, media } = conversation;
  const session = leg.sessions.get(media) ?? [...leg.sessions.values()][0];
  const byPhone = media === 'calls';
  const byAddress = media === 'emails' || media === 'messages';
  const theirs = media === 'emails' ? customer.email : customer.messagingAddress;
  const ours = media === 'emails' ? CENTRE.email : CENTRE.deployment;
  const inbound = direction === 'inbound';
  const queue = conversation.queues.get(leg.participant.queueId ?? '');
  return {
    name,
    body: {
      eventTime,
      conversationId: conversation.id,
      participantId: leg.id,
      sessionId: session?.id,
      mediaType: MEDIA[media].detail,
      provider: MEDIA[media].provider,
      direction: direction.toUpperCase(),
      ani: byPhone ? (inbound ? customer.phone : CENTRE.phone) : undefined,
      dnis: byPhone ? (inbound ? CENTRE.phone : customer.phone) : undefined,
      addressTo: byAddress ? (inbound ? ours : theirs) : undefined,
      addressFrom: byAddress ? (inbound ? theirs : ours) : undefined,
      callbackUserName: media === 'callbacks' ? customer.name : undefined,
      callbackNumbers: media === 'callbacks' ? [customer.phone.slice('tel:'.length)] : undefined,
      subject: media === 'emails' ? EMAIL_SUBJECT : undefined,
      messageType: media === 'messages' ? 'WEBMESSAGING' : undefined,
      userId: name === 'wrapup' ? undefined : leg.participant.userId,
      queueId: name.startsWith('customer.') ? undefined : leg.participant.queueId,
      divisionId: name === 'wrapup' || name === 'acw' ? undefined : queue?.divisionId,
      ...extra,
    },
  };
}

/** The detail event of changed attributes, which names the sessions and tells nothing else of them. */
export function attributesEvent(
  conversation: Conversation,
  leg: Leg,
  eventTime: number,
  attributes: Readonly<Record<string, string>>,
): DetailEvent {
  return {
    name: 'attributes',
    body: {
      eventTime,
      conversationId: conversation.id,
      participantId: leg.id,
      attributes,
      communications: [...leg.sessions].map(([media, { id }]) => ({ id, mediaType: MEDIA[media].detail })),
    },
  };
}
