import { type SnapshotBody, snapshotBody } from './body.ts';
import { normaliseParticipant } from './participant.ts';
import { roleOf } from './phase.ts';
import type { Participant, Snapshot } from './snapshot.ts';
import { conversationState } from './state.ts';
import { MEDIA_TYPES, type MediaType } from './vocabulary.ts';

/**
 * Makes a snapshot of the body of a conversation topic of shape A or B.
 * @param topicMedia the medium that a topic of shape B names
 * @returns undefined when the body has no known shape
 */
export function normaliseSnapshot(body: unknown, topicMedia: MediaType | undefined): Snapshot | undefined {
  const parsed = snapshotBody.safeParse(body);
  return parsed.success ? toSnapshot(parsed.data, topicMedia) : undefined;
}

function toSnapshot(body: SnapshotBody, topicMedia: MediaType | undefined): Snapshot {
  const participants: Participant[] = [];
  const media = new Set<MediaType>();
  const aside: string[] = [];
  const queueIds = new Set<string>();
  const agentIds = new Set<string>();
  for (const participantBody of body.participants) {
    const participant = normaliseParticipant(participantBody, topicMedia, media, aside);
    participants.push(participant);
    if (participant.queueId) queueIds.add(participant.queueId);
    if (participant.userId && roleOf(participant) === 'agent') agentIds.add(participant.userId);
  }
  const state = conversationState(participants);
  const direction = directionOf(participants);
  const endedAt = state === 'ended' ? lastTimeOf(body.participants) : undefined;
  return {
    id: body.id,
    ...(state && { state }),
    ...(endedAt && { endedAt }),
    mediaTypes: inMediaOrder(media),
    ...(direction && { direction }),
    queueIds: [...queueIds],
    agentIds: [...agentIds],
    participants,
    ...(aside.length > 0 && { aside }),
  };
}

/** When the last participant left, or was done with after-call work; undefined when none tells. */
function lastTimeOf(participants: SnapshotBody['participants']): number | undefined {
  const times = participants.flatMap(({ endTime, endAcwTime }) => [endTime, endAcwTime]);
  const known = times.map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time));
  return known.length === 0 ? undefined : Math.max(...known);
}

function inMediaOrder(media: ReadonlySet<MediaType>): MediaType[] {
  return media.size < 2 ? [...media] : MEDIA_TYPES.filter((mediaType) => media.has(mediaType));
}

/** The customer's leg tells how the conversation began; an agent's may be a later call of its own. */
function directionOf(participants: readonly Participant[]): string | undefined {
  const customer = participants.find((each) => each.direction && roleOf(each) === 'customer');
  return (customer ?? participants.find((each) => each.direction))?.direction;
}
