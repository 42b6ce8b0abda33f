import { type Phase, phaseOf, type Role, roleOf } from './phase.ts';
import type { Participant } from './snapshot.ts';
import type { ConversationState } from './vocabulary.ts';

/** How many legs there are of each role and phase, and the like. */
interface Legs {
  readonly known: number;
  readonly live: number;
  readonly wrapupPending: boolean;
  readonly agentsOffHold: number;
  readonly agentsHeld: number;
  readonly has: (phase: Phase, ...roles: Role[]) => boolean;
}

interface Row {
  readonly state: ConversationState | undefined;
  readonly when: (legs: Legs) => boolean;
}

const farSideDialed = ({ has }: Legs) =>
  has('dialing', 'customer', 'external') && !has('connected', 'customer', 'external');

const atWork = ({ has }: Legs, role: Role) =>
  has('connected', role) || has('alerting', role) || has('dialing', role);

/** The first row that applies gives the state; none, and there is no state: nothing is guessed. */
const ROWS: readonly Row[] = [
  { state: 'wrapup', when: ({ live, wrapupPending }) => live === 0 && wrapupPending },
  { state: 'ended', when: ({ known, live }) => known > 0 && live === 0 },
  { state: 'dialing', when: farSideDialed },
  { state: 'connected', when: ({ agentsOffHold }) => agentsOffHold > 0 },
  { state: 'held', when: ({ agentsHeld }) => agentsHeld > 0 },
  { state: 'alerting', when: ({ has }) => has('alerting', 'agent') },
  { state: 'queued', when: (legs) => atWork(legs, 'queue') },
  { state: 'flow', when: (legs) => atWork(legs, 'flow') },
  { state: 'dialing', when: ({ has }) => has('dialing', 'agent') },
  {
    state: 'scheduled',
    when: ({ has }) => has('scheduled', 'customer', 'external', 'queue', 'agent', 'flow'),
  },
  { state: 'connected', when: ({ has }) => has('connected', 'customer') && has('connected', 'external') },
  {
    state: 'wrapup',
    when: ({ wrapupPending, has }) => wrapupPending && !has('live', 'agent', 'queue', 'flow', 'other'),
  },
];

/** What the participants' legs, taken together, say of the conversation. */
export function conversationState(participants: readonly Participant[]): ConversationState | undefined {
  const legs = countLegs(participants);
  return ROWS.find((row) => row.when(legs))?.state;
}

function countLegs(participants: readonly Participant[]): Legs {
  const present = new Set<`${Phase} ${Role}`>();
  let known = 0;
  let live = 0;
  let wrapupPending = false;
  let agentsOffHold = 0;
  let agentsHeld = 0;
  for (const participant of participants) {
    if (participant.wrapup === 'pending') wrapupPending = true;
    const phase = phaseOf(participant.state);
    if (phase === undefined) continue;
    const role = roleOf(participant);
    known++;
    if (phase !== 'ended') live++;
    present.add(`${phase} ${role}`);
    if (phase !== 'connected' || role !== 'agent') continue;
    if (participant.held === true) agentsHeld++;
    else agentsOffHold++;
  }
  const has = (phase: Phase, ...roles: Role[]) => roles.some((role) => present.has(`${phase} ${role}`));
  return { known, live, wrapupPending, agentsOffHold, agentsHeld, has };
}
