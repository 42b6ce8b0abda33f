import { type Phase, phaseOf, roleOf } from './phase.ts';
import type { Participant, Snapshot } from './snapshot.ts';
import { type Change, inVocabularyOrder } from './vocabulary.ts';

/** What is compared of one participant between two snapshots. */
interface Step {
  readonly before: Participant | undefined;
  readonly after: Participant;
  readonly from: Phase | undefined;
  readonly to: Phase | undefined;
}

/**
 * What differs between two snapshots of a conversation, in the order of the vocabulary.
 * @param previous the last snapshot of the same lane; undefined gives `unknown`
 * @param whole whether the snapshots hold the whole conversation, so that its end can be told
 */
export function diff(previous: Snapshot | undefined, next: Snapshot, whole: boolean): Change[] {
  if (previous === undefined) return ['unknown'];
  const changes = new Set<Change>();
  const before = new Map(previous.participants.map((participant) => [participant.id, participant]));
  for (const after of next.participants) compare(before.get(after.id), after, changes);
  if (whole && next.state === 'ended' && previous.state !== 'ended') changes.add('conversation.ended');
  return inVocabularyOrder(changes);
}

function compare(before: Participant | undefined, after: Participant, changes: Set<Change>): void {
  const step: Step = { before, after, from: phaseOf(before?.state), to: phaseOf(after.state) };
  const role = roleOf(after);
  if (role === 'agent') compareAgent(step, changes);
  else if (role === 'customer' || role === 'external') compareFarSide(step, changes);
  else if (role === 'queue') compareStay(step, 'queue.entered', 'queue.left', changes);
  else if (role === 'flow') compareStay(step, 'flow.entered', 'flow.left', changes);
}

function compareAgent(step: Step, changes: Set<Change>): void {
  const { before, after, from, to } = step;
  if (became(step, 'alerting')) changes.add('agent.alerting');
  if (became(step, 'connected')) changes.add('agent.connected');
  compareHold(step, 'agent.held', 'agent.retrieved', changes);
  if (isLive(to) && before?.muted !== true && after.muted === true) changes.add('agent.muted');
  if (isLive(to) && before?.muted === true && after.muted === false) changes.add('agent.unmuted');
  if (became(step, 'ended')) {
    changes.add('agent.ended');
    if (from === 'connected' && isTransfer(after.disconnectType)) changes.add('agent.transferred');
  }
  if (before?.wrapup !== after.wrapup) {
    if (after.wrapup === 'pending') changes.add('agent.wrapup');
    if (after.wrapup === 'completed') changes.add('agent.wrapup.completed');
  }
}

function compareFarSide(step: Step, changes: Set<Change>): void {
  if (became(step, 'connected')) changes.add('customer.connected');
  compareHold(step, 'customer.held', 'customer.retrieved', changes);
  if (became(step, 'ended')) changes.add('customer.ended');
}

function compareHold(
  { before, after, to }: Step,
  held: Change,
  retrieved: Change,
  changes: Set<Change>,
): void {
  if (!isLive(to)) return;
  if (before?.held !== true && after.held === true) changes.add(held);
  if (before?.held === true && after.held === false) changes.add(retrieved);
}

/** A queue or a flow is entered and left; a stay that began and ended between two snapshots is both. */
function compareStay(
  { before, after, from, to }: Step,
  entered: Change,
  left: Change,
  changes: Set<Change>,
): void {
  const wasIn = isLive(from) && from !== 'scheduled';
  const isIn = isLive(to) && to !== 'scheduled';
  const moved = before?.queueId !== undefined && before.queueId !== after.queueId;
  if (isIn && (!wasIn || moved)) changes.add(entered);
  if (wasIn && (!isIn || moved)) changes.add(left);
  if (before === undefined && to === 'ended') changes.add(entered).add(left);
}

function became({ from, to }: Step, phase: Phase): boolean {
  return to === phase && from !== phase;
}

function isLive(phase: Phase | undefined): boolean {
  return phase !== undefined && phase !== 'ended';
}

/** `transfer.noanswer` and its like are not the agent's doing: nobody was connected, or the system moved on. */
function isTransfer(disconnectType: string | undefined): boolean {
  return disconnectType === 'transfer' || disconnectType === 'transfer.consult';
}
