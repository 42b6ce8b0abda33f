import { z } from 'zod';
import { UnexpectedAnswerError } from './unexpected-answer.ts';

/** POST /api/v2/analytics/conversations/details/query: what is asked, and what is read of the answer. */

const DAY_MS = 24 * 60 * 60_000;
const PAGE_SIZE = 100;
/** Beyond it Genesys Cloud answers 400, and wants shorter intervals. */
const MOST_RESULTS = 100_000;

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

/** What a query is asked for. */
export interface Paging {
  readonly pageSize: number;
  readonly pageNumber: number;
}

type Query = (interval: string, paging: Paging) => Promise<z.infer<typeof foundConversationsSchema>>;

/**
 * The conversations that began on the UTC days of a time, the newest first, page by page as they are taken. One that began in
 * the same millisecond as another may come twice.
 * @param from milliseconds since the Unix epoch
 * @param until milliseconds since the Unix epoch
 * @param mostResults how many a query shows, page by page; it refuses further pages
 * @throws {UnexpectedAnswerError} there are more than that, and a shorter interval shows no others
 */
export async function* findConversations(
  from: number,
  until: number,
  query: Query,
  mostResults = MOST_RESULTS,
): AsyncGenerator<FoundConversation, undefined> {
  for (const { start, end } of queryIntervals(from, until)) {
    let upTo = end;
    for (let pageNumber = 1; ; pageNumber++) {
      const page = await query(`${iso(start)}/${iso(upTo)}`, { pageSize: PAGE_SIZE, pageNumber });
      let oldest: number | undefined;
      for (const found of page.conversations.map(toFoundConversation)) {
        if (upTo < end && (found.startedAt ?? 0) >= upTo) throw noOthers(mostResults);
        yield found;
        oldest = found.startedAt;
      }
      const reached = pageNumber * PAGE_SIZE;
      const { totalHits, conversations } = page;
      const isLast = totalHits === undefined ? conversations.length < PAGE_SIZE : reached >= totalHits;
      if (isLast || conversations.length === 0) break;
      if (reached + PAGE_SIZE <= mostResults) continue;
      if (oldest === undefined || oldest + 1 >= upTo) throw noOthers(mostResults);
      upTo = oldest + 1;
      pageNumber = 0;
    }
  }
  return undefined;
}

/**
 * A time as intervals of queries: whole UTC days, since the query finds by the day of the beginning; the newest first.
 * @param from milliseconds since the Unix epoch
 * @param until milliseconds since the Unix epoch
 */
export function* queryIntervals(from: number, until: number): Generator<{ start: number; end: number }> {
  const first = startOfDay(from);
  for (let end = startOfDay(until) + DAY_MS; end > first; end -= LONGEST_INTERVAL_MS)
    yield { start: Math.max(first, end - LONGEST_INTERVAL_MS), end };
}

function toFoundConversation({
  conversationId,
  conversationStart,
  conversationEnd,
}: z.infer<typeof foundConversationSchema>): FoundConversation {
  return { id: conversationId, startedAt: timeOf(conversationStart), endedAt: timeOf(conversationEnd) };
}

function noOthers(mostResults: number): UnexpectedAnswerError {
  return new UnexpectedAnswerError(
    `a query shows no more than ${mostResults} conversations, and a shorter interval no others`,
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

function timeOf(text: string | null | undefined): number | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}
