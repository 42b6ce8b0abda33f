import type { LeaseRecord } from './lease-store.ts';

/** What a contender sees when it looks at the lease. */
export interface Sight {
  readonly record: LeaseRecord | undefined;
  /** Whether there ever was a record. */
  readonly everSeen: boolean;
  /** The contender itself. */
  readonly holderId: string;
  /** How long the record has had the same nonce, by the contender's own monotonic clock, in milliseconds. */
  readonly unchangedMs: number;
  /** For how long a live holder would have renewed it at the latest, in milliseconds. */
  readonly patienceMs: number;
}

export type Move = 'take' | 'claim' | 'wait';

/**
 * What a contender that could publish does. It takes what nobody holds, asks for what is offered, and otherwise
 * waits until the holder must have stopped by its own clock.
 */
export function nextMove({ record, everSeen, holderId, unchangedMs, patienceMs }: Sight): Move {
  // When a record disappears, its holder does not know yet.
  if (record === undefined) return everSeen && unchangedMs < patienceMs ? 'wait' : 'take';
  const own = record.holder === holderId;
  // The holder of an earlier term of its own knows best that it doesn't publish under it any more.
  if (own && record.state !== 'released') return 'take';
  if (unchangedMs >= patienceMs) return 'take';
  // What it has just let go of is for others first.
  if (record.state === 'released') return own ? 'wait' : 'take';
  return record.state === 'offered' ? 'claim' : 'wait';
}
