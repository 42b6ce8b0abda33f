import { phaseOf } from './phase.ts';
import type { Participant, Snapshot } from './snapshot.ts';
import type { Change } from './vocabulary.ts';

/** What the bridge says of a snapshot beside what is in it. */
interface Count {
  readonly version: number;
  readonly revision?: string;
  readonly changes: readonly Change[];
}

/** A conversation with more participants than this leaves out ended ones, the oldest first. */
const MAX_PARTICIPANTS = 50;

/** `detail.conversation` as JSON. */
export function conversationBlock(snapshot: Snapshot, { version, revision, changes }: Count): string {
  const participants = withinBounds(snapshot.participants);
  const omitted = snapshot.participants.length - participants.length;
  return JSON.stringify({
    id: snapshot.id,
    version,
    revision,
    state: snapshot.state,
    mediaTypes: snapshot.mediaTypes,
    direction: snapshot.direction,
    queueIds: snapshot.queueIds,
    agentIds: snapshot.agentIds,
    participants,
    participantsOmitted: omitted === 0 ? undefined : omitted,
    changes,
  });
}

/** Leaves out ended participants, the oldest first, as far as it takes; those who are there always stay. */
function withinBounds(participants: readonly Participant[]): readonly Participant[] {
  let surplus = participants.length - MAX_PARTICIPANTS;
  if (surplus <= 0) return participants;
  return participants.filter((participant) => {
    if (surplus <= 0 || participant.wrapup === 'pending' || phaseOf(participant.state) !== 'ended')
      return true;
    surplus--;
    return false;
  });
}
