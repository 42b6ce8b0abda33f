import { z } from 'zod';
import {
  CHANGES,
  CONNECTION_STATES,
  CONTRACT_VERSION,
  CONVERSATION_STATES,
  DETAIL_TYPES,
  DIALECTS,
  MEDIA_TYPES,
  SOURCE,
} from './vocabulary.ts';

/*
 * The contract, as consumers read it. Two rules keep it open to what comes later:
 * objects let unknown members pass, and a list of values names what is known today but takes any string.
 * What Genesys Cloud sent is not the bridge's to promise, so it is not typed here.
 */

function oneOf<const Value extends string>(values: readonly Value[]) {
  return z.union([z.enum(values), z.string()]);
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record).filter((key): key is Key => key in record);
}

/** ISO 8601, UTC: `2026-01-05T09:00:00.000Z`. */
export const isoTime = z.iso.datetime();

const participant = z
  .looseObject({
    id: z.string().describe('Genesys Cloud’s id of the participant.'),
    purpose: z
      .string()
      .optional()
      .describe('As Genesys Cloud says it: customer, external, agent, user, acd, ivr, …'),
    state: z
      .string()
      .optional()
      .describe('The state of the leg that counts most; disconnected once it has ended.'),
    mediaType: oneOf(MEDIA_TYPES).optional().describe('The medium of that leg.'),
    direction: oneOf(['inbound', 'outbound']).optional(),
    userId: z.string().optional(),
    queueId: z.string().optional(),
    held: z.boolean().optional().describe('Only while the leg lives.'),
    muted: z.boolean().optional().describe('Only while the leg lives.'),
    disconnectType: z.string().optional().describe('Why the leg ended; only when it has.'),
    wrapup: oneOf(['pending', 'completed']).optional().describe('Where the after-call work stands.'),
  })
  .describe('A participant, its legs brought down to the one that counts most.');

const conversation = z
  .looseObject({
    id: z.string().describe('The id of the conversation.'),
    version: z
      .int()
      .min(1)
      .describe(
        'Counts the notifications of this conversation that the bridge has accepted, this one included; after a gap it may go on from a far higher number.',
      ),
    revision: z
      .string()
      .optional()
      .describe('Hash of the normalised state alone. Absent when the notification is no snapshot.'),
    state: oneOf(keysOf(CONVERSATION_STATES))
      .optional()
      .describe('Absent when the notification does not tell.'),
    mediaTypes: z.array(oneOf(MEDIA_TYPES)),
    direction: oneOf(['inbound', 'outbound']).optional().describe('How the conversation began.'),
    queueIds: z.array(z.string()).describe('Every queue so far, in order of appearance.'),
    agentIds: z.array(z.string()).describe('Every agent or other user so far, in order of appearance.'),
    participants: z.array(participant),
    participantsOmitted: z
      .int()
      .min(1)
      .optional()
      .describe('How many ended participants, the oldest ones, are left out because there are too many.'),
    changes: z
      .array(oneOf(keysOf(CHANGES)))
      .describe('What differs from the last snapshot; empty when nothing that counts changed.'),
  })
  .describe('The conversation in one form, whatever the topic. For rules to match on.');

const bridge = z
  .looseObject({
    contractVersion: z.literal(CONTRACT_VERSION),
    eventId: z.string().describe('The identity of the event. A second delivery has the same one.'),
    sequence: z
      .string()
      .regex(/^\d{13}-\d{12}$/)
      .describe('The place in the order of the shard. Compare as strings.'),
    shard: z.string().describe('A conversation belongs to one shard; order holds within it.'),
    dialect: oneOf(DIALECTS).describe('How the bridge speaks with Genesys Cloud.'),
    topics: z.array(z.string()).describe('Every topic by which this notification came.'),
    receivedAt: isoTime.describe('When the bridge received it (for its own events: when it happened).'),
    backfilled: z.boolean().describe('Whether the body was asked for after a gap, not notified.'),
    payloadRef: z.string().optional().describe('Where the body is, when it is not in the event.'),
    displaced: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Members of the frame whose names are the bridge’s own: timestamp, conversation, bridge.'),
  })
  .describe('What the bridge says of the event itself.');

const notification = {
  topicName: z.string().describe('The topic, with the real id.'),
  version: z.unknown().optional().describe('Genesys Cloud’s version of its envelope; today the string 2.'),
  eventBody: z.unknown().optional().describe('The body, byte for byte as Genesys Cloud sent it.'),
  metadata: z.unknown().optional().describe('As Genesys Cloud sent it; today an object with CorrelationId.'),
  timestamp: isoTime.describe('When the notification was received.'),
  bridge,
};

const connection = z.looseObject({
  state: oneOf(CONNECTION_STATES),
  previousState: oneOf(CONNECTION_STATES).optional(),
  reason: z.string().optional().describe('Why the state changed; a stable code.'),
});

const gap = {
  id: z.string().describe('The same in Detected and Closed.'),
  from: isoTime.describe(
    'What happened since may have been missed. Before the bridge noticed, with a margin.',
  ),
  reason: z
    .string()
    .describe('Why the connection ended, a stable code; or takeover, events-lost, topics-added.'),
};

const gapDetected = z.looseObject({
  ...gap,
  openConversations: z
    .int()
    .min(0)
    .describe('How many conversations were known to be open; each is asked for.'),
});

const count = z.int().min(0);

const gapClosed = z.looseObject({
  ...gap,
  until: isoTime.describe('When the bridge was live again.'),
  seconds: z.number().min(0).describe('From from to until.'),
  closedAfterSeconds: z.number().min(0).describe('From until to this event.'),
  conversations: z
    .looseObject({
      checked: count.describe('How many conversations were looked after.'),
      backfilled: count.describe('Of those, had changed: each is an event with bridge.backfilled.'),
      unchanged: count.describe('Of those, were as last published.'),
      live: count.describe('Of those, were told by a notification since, so that nothing had to be asked.'),
      unavailable: count.describe('Of those, could not be had: gone, or not to be seen by the bridge.'),
      foreign: count.describe('Of those, belong to no subscribed topic.'),
      discovered: count.describe('Of those, were not known before the gap.'),
    })
    .describe('Gaps that were open at the same time are closed together and show the same numbers.'),
});

function envelope<const DetailType extends string, Detail extends z.ZodType>(
  detailType: DetailType,
  detail: Detail,
) {
  return z.looseObject({
    version: z.string().describe('The version of EventBridge’s envelope, 0.'),
    id: z.string().describe('EventBridge’s id of this delivery. For idempotency take detail.bridge.eventId.'),
    'detail-type': z.literal(detailType),
    source: z.literal(SOURCE),
    account: z.string(),
    time: isoTime.describe('When the notification was received, in whole seconds.'),
    region: z.string(),
    resources: z.array(z.string()),
    detail,
  });
}

/** The whole EventBridge event, one schema a detail-type. */
export const eventSchemas = {
  [DETAIL_TYPES.conversationUpdated]: envelope(
    DETAIL_TYPES.conversationUpdated,
    z.looseObject({ ...notification, conversation }),
  ),
  [DETAIL_TYPES.notificationReceived]: envelope(
    DETAIL_TYPES.notificationReceived,
    z.looseObject(notification),
  ),
  [DETAIL_TYPES.bridgeConnectionChanged]: envelope(
    DETAIL_TYPES.bridgeConnectionChanged,
    z.looseObject({ connection, timestamp: isoTime, bridge }),
  ),
  [DETAIL_TYPES.gapDetected]: envelope(
    DETAIL_TYPES.gapDetected,
    z.looseObject({ gap: gapDetected, timestamp: isoTime, bridge }),
  ),
  [DETAIL_TYPES.gapClosed]: envelope(
    DETAIL_TYPES.gapClosed,
    z.looseObject({ gap: gapClosed, timestamp: isoTime, bridge }),
  ),
} as const;

export type DetailType = keyof typeof eventSchemas;

export type ConversationUpdatedEvent = z.infer<(typeof eventSchemas)['Conversation Updated']>;
export type NotificationReceivedEvent = z.infer<(typeof eventSchemas)['Notification Received']>;
export type BridgeConnectionChangedEvent = z.infer<(typeof eventSchemas)['Bridge Connection Changed']>;
export type BridgeGapDetectedEvent = z.infer<(typeof eventSchemas)['Bridge Gap Detected']>;
export type BridgeGapClosedEvent = z.infer<(typeof eventSchemas)['Bridge Gap Closed']>;
export type BridgeEvent =
  | ConversationUpdatedEvent
  | NotificationReceivedEvent
  | BridgeConnectionChangedEvent
  | BridgeGapDetectedEvent
  | BridgeGapClosedEvent;
