import { z } from 'zod';

/*
 * What is read from the bodies of conversation topics, and no more: `z.object` leaves out every other
 * field, which keeps this cheap for snapshots that grow leg by leg. Field names as in the types of
 * Genesys Cloud's JavaScript SDK (`…ConversationEventTopic…`, `…DetailEventTopic…`), which mark all optional.
 */

const text = z.string().nullish();
const flag = z.boolean().nullish();
const reference = z.object({ id: text }).nullish();

const leg = z.object({
  state: text,
  direction: text,
  held: flag,
  muted: flag,
  // Of a video.
  audioMuted: flag,
  disconnectType: text,
  disconnectedTime: text,
  afterCallWork: z.object({ state: text }).nullish(),
});

const legs = z.array(leg).nullish();

/** A participant of shape A (state in the legs of each medium) or of shape B (flat). */
const participant = z.object({
  id: z.string(),
  purpose: text,
  endTime: text,
  startAcwTime: text,
  endAcwTime: text,
  wrapup: z.object({ code: text }).nullish().catch(undefined),
  userId: text,
  queueId: text,
  calls: legs,
  callbacks: legs,
  chats: legs,
  emails: legs,
  messages: legs,
  internalMessages: legs,
  cobrowsesessions: legs,
  screenshares: legs,
  screenMonitorings: legs,
  videos: legs,
  socialExpressions: legs,
  user: reference,
  queue: reference,
  state: text,
  direction: text,
  held: flag,
  muted: flag,
  // Of a video.
  audioMuted: flag,
  disconnectType: text,
});

export const snapshotBody = z.object({ id: z.string().min(1), participants: z.array(participant) });

export const detailEventBody = z.object({
  conversationId: text,
  participantId: text,
  mediaType: text,
  direction: text,
  queueId: text,
  userId: text,
  disconnectType: text,
  wrapupDurationMs: z.number().nullish(),
});

export type LegBody = z.infer<typeof leg>;
export type ParticipantBody = z.infer<typeof participant>;
export type SnapshotBody = z.infer<typeof snapshotBody>;
