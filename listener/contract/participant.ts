import type { LegBody, ParticipantBody } from './body.ts';
import { type Phase, phaseOf } from './phase.ts';
import type { Participant } from './snapshot.ts';
import type { MediaType } from './vocabulary.ts';

interface Leg {
  readonly mediaType: MediaType | undefined;
  readonly state: string | undefined;
  readonly body: LegBody;
}

type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

/** Where the legs of each medium stand in a body of shape A. */
const LEGS_OF_MEDIA = [
  ['calls', 'voice'],
  ['callbacks', 'callback'],
  ['chats', 'chat'],
  ['emails', 'email'],
  ['messages', 'message'],
  ['internalMessages', 'internalmessage'],
  ['cobrowsesessions', 'cobrowse'],
  ['screenshares', 'screenshare'],
  ['screenMonitorings', 'screenmonitoring'],
  ['videos', 'video'],
  ['socialExpressions', 'social'],
] as const satisfies readonly (readonly [keyof ParticipantBody, MediaType])[];

/**
 * Brings the legs of a participant down to one.
 * @param topicMedia the medium that the topic names; the participant itself then holds the state (shape B)
 * @param media takes every medium that the participant has a leg of
 * @param aside takes what the one leg doesn't tell, a line each
 */
export function normaliseParticipant(
  body: ParticipantBody,
  topicMedia: MediaType | undefined,
  media: Set<MediaType>,
  aside: string[],
): Participant {
  const legs = legsOf(body, topicMedia);
  for (const { mediaType } of legs) if (mediaType) media.add(mediaType);
  const main = mainLeg(legs);
  // Filled in field by field: this runs for every participant of every snapshot.
  const participant: Draft<Participant> = { id: body.id };
  if (body.purpose) participant.purpose = body.purpose;
  if (main !== undefined) describeLeg(main, participant);
  const userId = body.userId ?? body.user?.id;
  if (userId) participant.userId = userId;
  const queueId = body.queueId ?? body.queue?.id;
  if (queueId) participant.queueId = queueId;
  const wrapup = wrapupOf(body, legs, isLive(main));
  if (wrapup) participant.wrapup = wrapup;
  if (body.wrapup?.code) aside.push(`${body.id}\t${body.wrapup.code}`);
  for (const leg of legs) if (leg !== main) aside.push(lineOf(leg, body.id));
  return participant;
}

function describeLeg(leg: Leg, participant: Draft<Participant>): void {
  const { direction, held, disconnectType } = leg.body;
  const muted = mutedOf(leg.body);
  if (leg.state) participant.state = leg.state;
  if (leg.mediaType) participant.mediaType = leg.mediaType;
  if (direction) participant.direction = direction.toLowerCase();
  if (isLive(leg)) {
    if (typeof held === 'boolean') participant.held = held;
    if (typeof muted === 'boolean') participant.muted = muted;
  } else if (disconnectType) {
    participant.disconnectType = disconnectType;
  }
}

function lineOf({ mediaType, state, body }: Leg, participantId: string): string {
  const { held, disconnectType } = body;
  return [participantId, mediaType, state, held ?? false, mutedOf(body) ?? false, disconnectType].join('\t');
}

function mutedOf({ muted, audioMuted }: LegBody): boolean | null | undefined {
  return muted ?? audioMuted;
}

function isLive(leg: Leg | undefined): boolean {
  return leg !== undefined && phaseOf(leg.state) !== 'ended';
}

function legsOf(body: ParticipantBody, topicMedia: MediaType | undefined): Leg[] {
  const legs: Leg[] = [];
  for (const [field, mediaType] of LEGS_OF_MEDIA) {
    for (const leg of body[field] ?? []) legs.push({ mediaType, state: stateOf(body, leg), body: leg });
  }
  if (legs.length === 0 && (topicMedia !== undefined || body.state)) {
    legs.push({ mediaType: topicMedia, state: stateOf(body, body), body });
  }
  return legs;
}

/** A leg can say `connected` with a time at which it ended: the time is right, after-call work keeps the state. */
function stateOf(body: ParticipantBody, leg: LegBody): string | undefined {
  const state = leg.state?.toLowerCase();
  const over = Boolean(leg.disconnectedTime ?? body.endTime);
  return over && phaseOf(state) !== 'ended' ? 'disconnected' : state;
}

const RANK: Readonly<Record<Phase, number>> = {
  connected: 6,
  alerting: 5,
  dialing: 4,
  live: 3,
  scheduled: 2,
  ended: 1,
};

/** The leg that says most of what the participant does now; of two alike the first. */
function mainLeg(legs: readonly Leg[]): Leg | undefined {
  let best: Leg | undefined;
  let bestRank = -1;
  for (const leg of legs) {
    const phase = phaseOf(leg.state);
    const rank = phase === undefined ? 0 : RANK[phase] - (leg.body.held ? 0.5 : 0);
    if (rank <= bestRank) continue;
    best = leg;
    bestRank = rank;
  }
  return best;
}

/** After-call work begins when the participant's legs have ended, whatever is announced before. */
function wrapupOf(body: ParticipantBody, legs: readonly Leg[], live: boolean): Participant['wrapup'] {
  if (live) return undefined;
  let completed = false;
  for (const leg of legs) {
    const state = leg.body.afterCallWork?.state?.toLowerCase();
    if (state === 'pending') return 'pending';
    if (state === 'complete') completed = true;
  }
  if (completed || body.endAcwTime) return 'completed';
  return body.startAcwTime ? 'pending' : undefined;
}
