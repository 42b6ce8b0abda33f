import type { Logger } from 'pino';
import { type Backoff, backoffDelay } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { BridgeError, describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Answers that a later attempt may turn into a success; Genesys's own streaming client retries the same. */
const RETRYABLE_STATUS: ReadonlySet<number> = new Set([408, 413, 429, 500, 502, 503, 504]);

/** One HTTP request. `route` is what logs and errors may show: the path without ids or query. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly route: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * Asked for the header of that name before each attempt, when it is its turn: a token taken sooner would age meanwhile.
   * What it throws ends the request.
   */
  readonly authorization?: () => Promise<string>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** When the server wrote it, by its own clock, in whole seconds: milliseconds since the Unix epoch. */
  readonly date: number | undefined;
  /** `inin-correlation-id`: what Genesys's support asks for. */
  readonly correlationId: string | undefined;
}

/** A request that got no answer, or an answer that says no. Carries no URL, header or body. */
export class HttpError extends BridgeError {
  /** The `code` of Genesys's error body, or the system's error code, or `http.<status>`. */
  readonly code: string;
  readonly canRetry: boolean;
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  readonly correlationId: string | undefined;
  /** Milliseconds the server asked to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    facts: {
      code: string;
      canRetry: boolean;
      status?: number | undefined;
      correlationId?: string | undefined;
      retryAfterMs?: number | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { cause: facts.cause });
    this.code = facts.code;
    this.canRetry = facts.canRetry;
    this.status = facts.status;
    this.correlationId = facts.correlationId;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

export interface HttpClientOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Attempts in all, 1 or more. */
  readonly attempts?: number;
  readonly backoff?: Backoff;
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** A longer Retry-After than this is handed to the caller instead of being waited for here, in milliseconds. */
  readonly longestWaitMs?: number;
  /** Awaited before each attempt: a rate limit. */
  readonly gate?: () => Promise<void>;
}

/** HTTP with the retries that Genesys Cloud wants: its retry set, its Retry-After, backoff with full jitter. */
export class HttpClient {
  readonly #options: Required<HttpClientOptions>;

  constructor(options: HttpClientOptions) {
    this.#options = {
      attempts: 4,
      backoff: { baseMs: 500, capMs: 10_000 },
      timeoutMs: 15_000,
      longestWaitMs: 65_000,
      gate: async () => {},
      ...options,
    };
  }

  /**
   * Sends until there is a 2xx answer or no more attempt is worth it.
   * @throws {HttpError} for every other outcome; AbortError when `signal` aborts; what `authorization` throws
   */
  async send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    const { attempts, clock, backoff, logger, metrics, longestWaitMs, gate } = this.#options;
    for (let attempt = 1; ; attempt++) {
      await raceWithAbort(gate(), signal);
      const authorization = await request.authorization?.();
      const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) };
      const outcome = await this.#attempt({ ...request, headers }, signal);
      if (!(outcome instanceof HttpError)) return outcome;
      signal?.throwIfAborted();
      const waitMs = backoffDelay(backoff, attempt, outcome.retryAfterMs);
      const facts = {
        route: request.route,
        method: request.method,
        attempt,
        status: outcome.status,
        code: outcome.code,
        correlationId: outcome.correlationId,
        cause: describeError(outcome),
      };
      if (!outcome.canRetry || attempt >= attempts || waitMs > longestWaitMs) {
        metrics.count('RestCallsFailed');
        logger.warn(facts, 'Genesys Cloud call failed');
        throw outcome;
      }
      metrics.count('RestRetries');
      logger.info({ ...facts, waitMs }, 'Genesys Cloud call failed, trying again');
      await clock.sleep(waitMs, signal);
    }
  }

  async #attempt(request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpAnswer | HttpError> {
    const timeout = AbortSignal.timeout(this.#options.timeoutMs);
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      const text = await response.text();
      const correlationId = response.headers.get('inin-correlation-id') ?? undefined;
      const date = Date.parse(response.headers.get('date') ?? '');
      if (response.ok)
        return { status: response.status, text, date: Number.isNaN(date) ? undefined : date, correlationId };
      return errorOfAnswer(request, response, text, correlationId, this.#options.clock);
    } catch (error) {
      return new HttpError(`${request.method} ${request.route} got no answer`, {
        code: systemCode(error),
        canRetry: true,
        cause: error,
      });
    }
  }
}

/** Waits for `promise`, but not longer than until `signal` aborts. */
async function raceWithAbort(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let stopListening = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    stopListening = () => signal.removeEventListener('abort', abort);
  });
  await Promise.race([promise, aborted]).finally(stopListening);
}

function errorOfAnswer(
  request: HttpRequest,
  response: Response,
  text: string,
  correlationId: string | undefined,
  clock: Clock,
): HttpError {
  const { status } = response;
  const { code, message } = readErrorBody(text);
  return new HttpError(
    `${request.method} ${request.route} was answered ${status}${message ? ` (${message})` : ''}`,
    {
      code: code ?? `http.${status}`,
      canRetry: RETRYABLE_STATUS.has(status),
      status,
      correlationId,
      retryAfterMs: parseRetryAfter(response.headers.get('retry-after'), clock),
    },
  );
}

/** Genesys's ErrorBody has `code` and `message`, its OAuth errors `error` and `error_description`. */
function readErrorBody(text: string): { code?: string | undefined; message?: string | undefined } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Proxies and load balancers answer with HTML: then the status alone has to tell.
    return {};
  }
  if (typeof body !== 'object' || body === null) return {};
  const field = (key: string) => {
    const value: unknown = Reflect.get(body, key);
    return typeof value === 'string' ? value : undefined;
  };
  return { code: field('code') ?? field('error'), message: field('message') ?? field('error_description') };
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3) → milliseconds from now; undefined when absent or unreadable. */
export function parseRetryAfter(value: string | null, clock: Clock): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - clock.now());
}

/** The system's code of a failed fetch, which hides it some causes down. */
function systemCode(error: unknown): string {
  if (!(error instanceof Error)) return 'network';
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string') return code;
  if (error.cause !== undefined) return systemCode(error.cause);
  return error.name === 'TimeoutError' ? 'ETIMEDOUT' : 'network';
}
