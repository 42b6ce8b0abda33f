import { z } from 'zod';

const Session = z.looseObject({
  state: z.string(),
  held: z.boolean().optional(),
  muted: z.boolean().optional(),
  recordingState: z.string().optional(),
  disconnectType: z.string().optional(),
  connectedTime: z.iso.datetime().optional(),
  disconnectedTime: z.iso.datetime().optional(),
  afterCallWork: z
    .object({ state: z.string(), startTime: z.string(), endTime: z.string().optional() })
    .optional(),
});

const sessions = z.array(Session).optional();

const Participant = z.looseObject({
  id: z.uuid(),
  purpose: z.string(),
  queueId: z.uuid().optional(),
  userId: z.uuid().optional(),
  connectedTime: z.iso.datetime().optional(),
  endTime: z.iso.datetime().optional(),
  startAcwTime: z.iso.datetime().optional(),
  endAcwTime: z.iso.datetime().optional(),
  calls: sessions,
  callbacks: sessions,
  chats: sessions,
  cobrowsesessions: sessions,
  emails: sessions,
  messages: sessions,
  screenshares: sessions,
  socialExpressions: sessions,
  videos: sessions,
});
export type Participant = z.infer<typeof Participant>;

/** A whole conversation as a test reads it: from a notification body, or from the truth. */
export const Snapshot = z.looseObject({
  id: z.uuid(),
  participants: z.array(Participant).min(1),
  recordingState: z.string(),
  recentTransfers: z.array(z.object({ transferType: z.string() })).optional(),
  endTime: z.string().optional(),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const ARRAYS = [
  'calls',
  'callbacks',
  'chats',
  'cobrowsesessions',
  'emails',
  'messages',
  'screenshares',
  'socialExpressions',
  'videos',
] as const;

export function sessionsOf(participant: Participant) {
  return ARRAYS.flatMap((array) => participant[array] ?? []);
}

export function isLive(participant: Participant): boolean {
  return participant.endTime === undefined && participant.startAcwTime === undefined;
}
