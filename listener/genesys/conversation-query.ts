import { z } from 'zod';

/** POST /api/v2/analytics/conversations/details/query: what is asked, and what is read of the answer. */

const DAY_MS = 24 * 60 * 60_000;

/** As wide as the interval of a query may be; Genesys Cloud allows 31 days. */
const LONGEST_INTERVAL_MS = 30 * DAY_MS;

const foundConversationSchema = z.object({
  conversationId: z.string().min(1),
  conversationStart: z.string().nullish(),
  conversationEnd: z.string().nullish(),
});

export const foundConversationsSchema = z.object({
  // Absent when nothing was found.
  conversations: z.array(foundConversationSchema).default([]),
  totalHits: z.number().optional(),
});

/** A conversation as a query finds it. Times are milliseconds since the Unix epoch, absent where not known (yet). */
export interface FoundConversation {
  readonly id: string;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

/**
 * A time as intervals of queries: whole UTC days, since the query finds by the day of the beginning; the newest first.
 * @param from milliseconds since the Unix epoch
 * @param until milliseconds since the Unix epoch
 */
export function* queryIntervals(from: number, until: number): Generator<string> {
  const first = startOfDay(from);
  for (let end = startOfDay(until) + DAY_MS; end > first; end -= LONGEST_INTERVAL_MS) {
    const start = Math.max(first, end - LONGEST_INTERVAL_MS);
    yield `${new Date(start).toISOString()}/${new Date(end).toISOString()}`;
  }
}

export function toFoundConversation({
  conversationId,
  conversationStart,
  conversationEnd,
}: z.infer<typeof foundConversationSchema>): FoundConversation {
  return { id: conversationId, startedAt: timeOf(conversationStart), endedAt: timeOf(conversationEnd) };
}

function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

function timeOf(text: string | null | undefined): number | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
