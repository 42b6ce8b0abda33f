import type { Evidence, PlayedFault, SeenEvent, SeenGap, SentChange } from '../../../chaos/oracle/records.ts';

/** A change of conversation `c`; its body is its own unless said. */
export function sent(change: number, more: Partial<SentChange> = {}): SentChange {
  return {
    change,
    conversationId: 'c',
    correlationId: `correlation-${change}`,
    digest: `body-${change}`,
    at: change * 1_000,
    channels: new Set(['channel']),
    ...more,
  };
}

/** The event of a change, on the bus at once. */
export function seen(of: SentChange, more: Partial<SeenEvent> = {}): SeenEvent {
  return {
    eventId: `event-${of.change}`,
    sequence: sequence(of.change),
    version: of.change,
    beginsAnew: false,
    conversationId: of.conversationId,
    correlationId: of.correlationId,
    digest: of.digest,
    state: `state-${of.change}`,
    backfilled: false,
    way: 'live',
    at: of.at + 5,
    ...more,
  };
}

/** What REST was asked for, on the bus. */
export function backfilled(
  more: Partial<SeenEvent> & Pick<SeenEvent, 'at' | 'state' | 'sequence'>,
): SeenEvent {
  return {
    eventId: `backfilled-${more.at}`,
    version: Number(more.sequence.slice(-12)),
    beginsAnew: false,
    conversationId: 'c',
    correlationId: undefined,
    digest: undefined,
    backfilled: true,
    way: 'live',
    ...more,
  };
}

export function gap(from: number, until: number | undefined, more: Partial<SeenGap> = {}): SeenGap {
  const closedAt = until === undefined ? undefined : until + 500;
  return {
    id: `gap-${from}`,
    reason: 'socket-closed',
    from,
    until,
    detectedAt: from + 100,
    closedAt,
    ...more,
  };
}

export function fault(from: number, until: number, more: Partial<PlayedFault> = {}): PlayedFault {
  return {
    name: 'reset',
    detail: '',
    from,
    until,
    mayMiss: true,
    holdsUpBus: false,
    fillsBuffer: false,
    standsStill: false,
    hindersCalls: false,
    clockShiftMs: 0,
    ...more,
  };
}

/** The truth is what the last change said, unless told otherwise. */
export function evidence(parts: Partial<Evidence> & Pick<Evidence, 'sent' | 'events'>): Evidence {
  const last = parts.sent.at(-1);
  return {
    gaps: [],
    garbage: [],
    parkedFrames: [],
    parkedReasons: [],
    faults: [],
    holders: [],
    truth: new Map(last === undefined ? [] : [[last.conversationId, `state-${last.change}`]]),
    ...parts,
  };
}

export const sequence = (counter: number) => `0000000000001-${String(counter).padStart(12, '0')}`;

export const numbers = (changes: readonly SentChange[]) => changes.map(({ change }) => change);
