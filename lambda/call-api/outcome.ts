import type { FailureCode } from './failure.ts';
import type { ApiSettings } from './settings.ts';

/** Statuses by which a server says "later". 5xx says the same. */
const LATER: ReadonlySet<number> = new Set([408, 425, 429]);

/** What an HTTP status means for the event. */
export function outcomeOf(
  status: number,
  conflict: ApiSettings['conflict'],
): 'done' | Extract<FailureCode, `Api${string}`> {
  if (status >= 200 && status < 300) return 'done';
  if (LATER.has(status) || status >= 500) return 'ApiUnavailable';
  // The draft standard for Idempotency-Key gives 409 to a repetition that comes while the first is at work.
  if (status === 409) return conflict === 'done' ? 'done' : 'ApiBusy';
  // Redirects are not followed, so that no other server gets the key or the event.
  return 'ApiRefused';
}

/**
 * The wait that a `Retry-After` header asks for, in milliseconds; undefined when there is none or it can't be read.
 * It holds seconds or an HTTP date (RFC 9110, 10.2.3).
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
