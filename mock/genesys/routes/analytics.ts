import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Beginning } from '../../contact-centre/beginning.ts';
import { badRequest } from '../api-error.ts';
import type { RouteSurroundings } from './surroundings.ts';

const DETAIL_PERMISSION = 'analytics:conversationDetail:view';
const DAY_MS = 24 * 60 * 60_000;
const LONGEST_INTERVAL_DAYS = 31;
/** Further pages are refused. */
const LAST_RESULT = 100_000;

const DetailQuery = z.object({
  interval: z.string(),
  order: z.enum(['asc', 'desc']).default('asc'),
  orderBy: z.enum(['conversationStart']).default('conversationStart'),
  paging: z
    .object({ pageSize: z.int().min(1).max(100), pageNumber: z.int().min(1) })
    .default({ pageSize: 25, pageNumber: 1 }),
});

/**
 * `POST /api/v2/analytics/conversations/details/query`, as far as it finds conversations: those that began within the
 * interval, a while after they did (`analyticsLagMs`). Of what is found there are id, times and divisions; filters,
 * segments and aggregations are not played.
 */
export function analyticsRoutes(app: FastifyInstance, around: RouteSurroundings): void {
  const { contactCentre, tokens, access, analytics } = around;

  app.post('/api/v2/analytics/conversations/details/query', (request) => {
    const { client } = tokens.authenticate(request.headers.authorization);
    access.demand(client, DETAIL_PERMISSION);
    const { interval, order, paging } = DetailQuery.parse(request.body);
    const { from, until } = readInterval(interval);
    const { pageSize, pageNumber } = paging;
    if (pageSize * pageNumber > LAST_RESULT) throw badRequest(`No results beyond ${LAST_RESULT}.`);
    const seenUntil = contactCentre.clock.now() - analytics.lagMs;
    const found = contactCentre.beginnings(from, Math.min(until, seenUntil + 1));
    if (order === 'desc') found.reverse();
    const page = found.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
    return {
      // The real one leaves the list out when it is empty.
      conversations: page.length === 0 ? undefined : page.map((beginning) => outline(beginning, seenUntil)),
      totalHits: found.length,
    };
  });
}

function readInterval(interval: string): { from: number; until: number } {
  const [from = Number.NaN, until = Number.NaN, ...more] = interval
    .split('/')
    .map((time) => Date.parse(time));
  if (!(from < until) || more.length > 0) throw badRequest(`The interval ${interval} is not valid.`);
  if (until - from > LONGEST_INTERVAL_DAYS * DAY_MS)
    throw badRequest(`The interval may be ${LONGEST_INTERVAL_DAYS} days at most.`);
  return { from, until };
}

/** Model `AnalyticsConversationWithoutAttributes`. */
function outline({ id, direction, startTime, endTime, divisionIds }: Beginning, seenUntil: number): object {
  return {
    conversationId: id,
    conversationStart: startTime,
    conversationEnd: endTime !== undefined && Date.parse(endTime) <= seenUntil ? endTime : undefined,
    divisionIds,
    originatingDirection: direction,
    participants: [],
  };
}
