import { detailEventBody } from './body.ts';
import type { Participant, Snapshot } from './snapshot.ts';
import { type Change, MEDIA_TYPES, type MediaType } from './vocabulary.ts';

interface DetailEventMeaning {
  readonly purpose?: string;
  readonly changes: readonly Change[];
}

/**
 * What a detail event says for certain by its name (`v2.detail.events.conversation.{id}.<name>`).
 * `user.start` and `customer.start` begin a leg, connected or not, so what they change is not known.
 */
const MEANINGS: ReadonlyMap<string, DetailEventMeaning> = new Map<string, DetailEventMeaning>([
  ['acd.start', { purpose: 'acd', changes: ['queue.entered'] }],
  ['acd.end', { purpose: 'acd', changes: ['queue.left'] }],
  ['flow.start', { changes: ['flow.entered'] }],
  ['flow.end', { changes: ['flow.left'] }],
  ['voicemail.start', { changes: ['flow.entered'] }],
  ['voicemail.end', { changes: ['flow.left'] }],
  ['customer.start', { purpose: 'customer', changes: ['unknown'] }],
  ['customer.end', { purpose: 'customer', changes: ['customer.ended'] }],
  ['user.start', { changes: ['unknown'] }],
  ['user.end', { changes: ['agent.ended'] }],
  ['attributes', { changes: [] }],
  ['contact', { changes: [] }],
  ['flow.outcome', { changes: [] }],
]);

const UNKNOWN: DetailEventMeaning = { changes: ['unknown'] };

/** What a detail event holds of its conversation, and what it changed. */
export interface NormalisedDetailEvent {
  readonly snapshot: Snapshot;
  readonly changes: readonly Change[];
}

/**
 * Normalises the body of a detail event (shape C). It speaks of one leg, so there is no state.
 * @param topic the conversation's id and the event's name, as the topic has them
 * @returns undefined when the body has no known shape
 */
export function normaliseDetailEvent(
  body: unknown,
  topic: { readonly conversationId: string; readonly detailEvent: string },
): NormalisedDetailEvent | undefined {
  const parsed = detailEventBody.safeParse(body);
  if (!parsed.success) return undefined;
  const { participantId, userId, queueId, disconnectType, wrapupDurationMs } = parsed.data;
  const meaning = MEANINGS.get(topic.detailEvent) ?? UNKNOWN;
  const mediaType = toMediaType(parsed.data.mediaType);
  const direction = known(parsed.data.direction);
  const completed = topic.detailEvent === 'acw' && typeof wrapupDurationMs === 'number';
  const reason = known(disconnectType);
  const participants: Participant[] = participantId
    ? [
        {
          id: participantId,
          ...(meaning.purpose && { purpose: meaning.purpose }),
          ...(mediaType && { mediaType }),
          ...(direction && { direction }),
          ...(userId && { userId }),
          ...(queueId && { queueId }),
          ...(reason && { disconnectType: reason }),
          ...(completed && { wrapup: 'completed' }),
        },
      ]
    : [];
  return {
    snapshot: {
      id: parsed.data.conversationId || topic.conversationId,
      mediaTypes: mediaType ? [mediaType] : [],
      ...(direction && { direction }),
      queueIds: queueId ? [queueId] : [],
      agentIds: userId ? [userId] : [],
      participants,
    },
    changes: acwChanges(topic.detailEvent, completed) ?? meaning.changes,
  };
}

/** An after-call work event with a duration tells of work that is done; without one it tells of its begin. */
function acwChanges(detailEvent: string, completed: boolean): readonly Change[] | undefined {
  if (detailEvent !== 'acw') return undefined;
  return [completed ? 'agent.wrapup.completed' : 'agent.wrapup'];
}

/** Enums of detail events are upper case; UNKNOWN says nothing. */
function known(value: string | null | undefined): string | undefined {
  const lower = value?.toLowerCase();
  return lower === 'unknown' || lower === '' ? undefined : lower;
}

function toMediaType(value: string | null | undefined): MediaType | undefined {
  const lower = known(value);
  return MEDIA_TYPES.find((mediaType) => mediaType === lower);
}
