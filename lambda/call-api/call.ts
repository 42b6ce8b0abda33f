import type { Logger } from '@aws-lambda-powertools/logger';
import { type Answer, attempt } from './attempt.ts';
import { Failure } from './failure.ts';
import type { InvocationMetrics } from './metrics.ts';
import { outcomeOf } from './outcome.ts';
import type { ApiRequest } from './request.ts';
import type { ApiKey } from './secret.ts';
import type { ApiSettings } from './settings.ts';
import type { Time } from './time.ts';

/** Left for what follows the call: the record of the event, or the queue for failed events. */
const RESERVED_MS = 3_000;
/** With less than this a call is not begun. */
const SHORTEST_CALL_MS = 500;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/** What a call needs besides the request. */
export interface CallContext {
  readonly api: ApiSettings;
  readonly key: ApiKey;
  readonly time: Time;
  readonly logger: Logger;
  readonly metrics: InvocationMetrics;
  /** What is left of the invocation, in milliseconds. */
  remainingMs(): number;
}

/** A call that the API has taken. */
export interface Delivered {
  readonly status: number;
  readonly attempts: number;
}

/**
 * Calls the API until it takes the request, refuses it for good, or attempts or time have run out. What fails for now
 * after that is left to Lambda, which makes the invocation again a minute later.
 * @throws {Failure}
 */
export async function callApi(request: ApiRequest, context: CallContext): Promise<Delivered> {
  const { api, key, time, logger, metrics } = context;
  let keyRenewed = false;
  for (let attempts = 1; ; attempts++) {
    const keyHeaders = await key.headers();
    const budgetMs = context.remainingMs() - RESERVED_MS;
    if (budgetMs < SHORTEST_CALL_MS)
      throw new Failure('NoTimeLeft', 'too little time was left for a call', { attempts: attempts - 1 });
    const start = time.monotonic();
    const timeoutMs = Math.min(api.timeoutMs, budgetMs);
    const answer = await attempt(request, keyHeaders, { timeoutMs, time, logger });
    metrics.count('ApiCalls');
    metrics.latency(time.monotonic() - start);

    const verdict = judge(answer, attempts, api);
    if (!(verdict instanceof Failure)) return verdict;
    const { code, message, status } = verdict;
    logger.warn('attempt failed', { code, reason: message, status, attempts });

    if ((status === 401 || status === 403) && !keyRenewed) {
      keyRenewed = true;
      if (await key.renew()) continue;
    }
    if (verdict.permanent || attempts >= api.attempts) throw verdict;
    const waitMs = waitAfter(answer, attempts, time);
    // A wait that leaves no time for another attempt would only be paid for.
    if (context.remainingMs() - waitMs - RESERVED_MS < SHORTEST_CALL_MS) throw verdict;
    await time.sleep(waitMs);
  }
}

function judge(answer: Answer, attempts: number, { conflict }: ApiSettings): Delivered | Failure {
  if (answer.status === undefined) return new Failure(answer.failure, answer.cause, { attempts });
  const { status } = answer;
  const outcome = outcomeOf(status, conflict);
  return outcome === 'done'
    ? { status, attempts }
    : new Failure(outcome, `the API answered ${status}`, { status, attempts });
}

/** Exponential with full jitter, and never less than the API asks for. */
function waitAfter(answer: Answer, attempts: number, time: Time): number {
  const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
  const asked = answer.status === undefined ? undefined : answer.retryAfterMs;
  return (asked ?? 0) + Math.floor(time.random() * ceiling);
}
