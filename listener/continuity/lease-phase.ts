/**
 * Where a listener stands with the lease.
 * `contending`: another one has it, or nobody yet. `held`, `offered`, `claimed`: this one has it, and the record in
 * the store says so by the same word. `releasing`: it publishes no more, and is about to say so.
 */
export type LeasePhase = 'idle' | 'contending' | 'held' | 'offered' | 'claimed' | 'releasing' | 'stopped';

/** The phases in which a listener may publish, while its last renewal is young enough. */
export type HoldingPhase = 'held' | 'offered' | 'claimed';

const SUCCESSORS: Readonly<Record<LeasePhase, readonly LeasePhase[]>> = {
  idle: ['contending', 'stopped'],
  contending: ['held', 'releasing', 'stopped'],
  held: ['offered', 'claimed', 'releasing', 'contending'],
  offered: ['held', 'claimed', 'releasing', 'contending'],
  claimed: ['releasing', 'contending'],
  releasing: ['contending'],
  stopped: [],
};

/** @throws {TypeError} when no such step exists: a mistake in the program */
export function assertSuccessor(from: LeasePhase, to: LeasePhase): void {
  if (!SUCCESSORS[from].includes(to)) throw new TypeError(`a lease does not go from ${from} to ${to}`);
}

export function isHolding(phase: LeasePhase): phase is HoldingPhase {
  return phase === 'held' || phase === 'offered' || phase === 'claimed';
}
