import { z } from 'zod';

/** Over the seconds that a takeover takes, no conversation has more than a notification in so many milliseconds. */
const MEAN_BETWEEN_MS = 100;
/** Versions that go by the time of day count from here, to be small numbers. Milliseconds since the Unix epoch. */
const VERSIONS_SINCE = Date.UTC(2026, 0);
/** What is younger has not been forgotten: ends are written down for longer. Milliseconds. */
const REMEMBERED_MS = 240_000;
/** Listeners that receive the same a moment apart come to the same version. Milliseconds. */
const GRAIN_MS = 60_000;

/**
 * A version that nothing can have reached, whether it is remembered or not.
 * @param at milliseconds since the Unix epoch
 */
export function unreachedVersion(at: number): number {
  return Math.max(Math.ceil((at - VERSIONS_SINCE) / MEAN_BETWEEN_MS), 0);
}

/**
 * From which version to count something that nothing is remembered of, though it may have been told before.
 * @param receivedAt milliseconds since the Unix epoch
 */
export function versionOfForgotten(receivedAt: number): number {
  return unreachedVersion(Math.floor(receivedAt / GRAIN_MS) * GRAIN_MS);
}

/**
 * The same for a conversation, by its body: one that has just begun was not told before, and counts from 0. One that began
 * earlier was perhaps forgotten after its end; a message or an e-mail continues it days later.
 * @param receivedAt milliseconds since the Unix epoch
 */
export function firstVersionOf(body: unknown, receivedAt: number): number {
  const start = startOf(body);
  return start !== undefined && receivedAt - start > REMEMBERED_MS ? versionOfForgotten(receivedAt) : 0;
}

const time = z.string().optional().catch(undefined);
const timed = z.looseObject({ startTime: time, connectedTime: time });
const conversation = z.object({
  startTime: time,
  participants: z.array(timed.catch({})).catch([]),
});

/** The earliest time that is told of a conversation, of its participants and of their legs; milliseconds since the Unix epoch. */
function startOf(body: unknown): number | undefined {
  const { data } = conversation.safeParse(body);
  if (data === undefined) return undefined;
  const legs = data.participants
    .flatMap((participant) => Object.values(participant))
    .filter(Array.isArray)
    .flat();
  const times = [data, ...data.participants, ...legs.map((leg) => timed.safeParse(leg).data ?? {})]
    .flatMap(({ startTime, connectedTime }: z.infer<typeof timed>) => [startTime, connectedTime])
    .map((text) => Date.parse(text ?? ''))
    .filter((at) => !Number.isNaN(at));
  return times.length === 0 ? undefined : Math.min(...times);
}
