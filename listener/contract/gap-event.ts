import type { AssembledEvent, ReceiptContext } from './assemble.ts';
import { bodyDigest, eventId } from './identity.ts';
import { CONTRACT_VERSION, DETAIL_TYPES } from './vocabulary.ts';

/** A time of which updates may have been missed. Times are milliseconds since the Unix epoch. */
interface GapSpan {
  readonly id: string;
  readonly from: number;
  /** Why the connection ended, a stable code; or `takeover`, `events-lost`, `topics-added`. */
  readonly reason: string;
}

/** A gap has begun. */
export interface GapDetected {
  readonly kind: 'detected';
  readonly gap: GapSpan & {
    /** How many conversations are known to be open. */
    readonly openConversations: number;
  };
}

/** What became of the conversations that were looked after, how many of each. */
export interface GapTally {
  readonly checked: number;
  readonly backfilled: number;
  readonly unchanged: number;
  readonly live: number;
  readonly unavailable: number;
  readonly foreign: number;
  /** Of those checked, how many were not known before. */
  readonly discovered: number;
}

/** Every conversation that may have changed in a gap was looked after. */
export interface GapClosed {
  readonly kind: 'closed';
  readonly gap: GapSpan & {
    readonly until: number;
    readonly closedAt: number;
    readonly conversations: GapTally;
  };
}

/** The bridge's own events about a gap. Told again, each is the same event. */
export function assembleGapEvent(
  event: GapDetected | GapClosed,
  context: Omit<ReceiptContext, 'digest'>,
): AssembledEvent {
  const orderingKey = `gap:${event.gap.id}`;
  const id = eventId(orderingKey, event.kind === 'detected' ? 1 : 2, bodyDigest(event.kind));
  const timestamp = context.receivedAt.toISOString();
  return {
    orderingKey,
    eventId: id,
    detailType: event.kind === 'detected' ? DETAIL_TYPES.gapDetected : DETAIL_TYPES.gapClosed,
    summary: {
      conversationId: undefined,
      mediaTypes: [],
      state: event.kind,
      queueIds: [],
      agentIds: [],
      changes: [],
    },
    shape: 'none',
    detail: JSON.stringify({
      gap: event.kind === 'detected' ? detectedBlock(event) : closedBlock(event),
      timestamp,
      bridge: {
        contractVersion: CONTRACT_VERSION,
        eventId: id,
        sequence: context.sequence,
        shard: context.shard,
        dialect: context.dialect,
        topics: [],
        receivedAt: timestamp,
        backfilled: false,
      },
    }),
  };
}

function detectedBlock({ gap }: GapDetected): object {
  const { id, from, reason, openConversations } = gap;
  return { id, from: iso(from), reason, openConversations };
}

function closedBlock({ gap }: GapClosed): object {
  const { id, from, until, reason, closedAt, conversations } = gap;
  return {
    id,
    from: iso(from),
    until: iso(until),
    seconds: seconds(until - from),
    reason,
    conversations,
    closedAfterSeconds: seconds(closedAt - until),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** With milliseconds; never below 0, though a clock was set back meanwhile. */
function seconds(ms: number): number {
  return Math.max(0, Math.round(ms) / 1000);
}
