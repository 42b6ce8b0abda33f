import type { Participant } from './snapshot.ts';

/** What the state of a leg comes down to. `live` is there, but neither of the others. */
export type Phase = 'connected' | 'alerting' | 'dialing' | 'scheduled' | 'live' | 'ended';

const PHASES: ReadonlyMap<string, Phase | undefined> = new Map([
  ['connected', 'connected'],
  ['alerting', 'alerting'],
  ['offering', 'alerting'],
  ['dialing', 'dialing'],
  ['contacting', 'dialing'],
  ['scheduled', 'scheduled'],
  ['disconnected', 'ended'],
  ['terminated', 'ended'],
  ['none', undefined],
]);

/** Undefined when the state says nothing. A state that is not known counts as live. */
export function phaseOf(state: string | undefined): Phase | undefined {
  if (state === undefined) return undefined;
  return PHASES.has(state) ? PHASES.get(state) : 'live';
}

/** Who a participant is, as far as states and changes go. */
export type Role = 'customer' | 'external' | 'agent' | 'queue' | 'flow' | 'other';

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['customer', 'customer'],
  ['external', 'external'],
  ['agent', 'agent'],
  ['user', 'agent'],
  ['acd', 'queue'],
  ['ivr', 'flow'],
  ['flow', 'flow'],
  ['workflow', 'flow'],
  ['bot', 'flow'],
  ['botflow', 'flow'],
  ['voicemail', 'flow'],
]);

export function roleOf(participant: Participant): Role {
  return ROLES.get(participant.purpose?.toLowerCase() ?? '') ?? 'other';
}
