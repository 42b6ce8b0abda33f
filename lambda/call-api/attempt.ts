import type { Logger } from '@aws-lambda-powertools/logger';
import { retryAfterMs } from './outcome.ts';
import type { ApiRequest } from './request.ts';
import type { Time } from './time.ts';

/** How one request ended. */
export type Answer =
  | { readonly status: number; readonly retryAfterMs: number | undefined }
  | { readonly status: undefined; readonly failure: 'ApiTimeout' | 'ApiUnreachable'; readonly cause: string };

/** An answer's body is read, so that the connection can be used again, but not for ever. */
const MOST_BODY_BYTES = 65_536;

/**
 * Sends a request once. Only the status of the answer and its `Retry-After` are looked at: the body may repeat
 * anything, the key included.
 */
export async function attempt(
  request: ApiRequest,
  keyHeaders: Readonly<Record<string, string>>,
  options: { timeoutMs: number; time: Time; logger: Logger },
): Promise<Answer> {
  const signal = AbortSignal.timeout(Math.max(1, Math.floor(options.timeoutMs)));
  try {
    const { method, url, headers, body } = request;
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...keyHeaders },
      body,
      signal,
      redirect: 'manual',
    });
    await discard(response).catch((error: unknown) => {
      // The status has said what there is to say.
      options.logger.debug('the body of the answer broke off', { cause: causeOf(error) });
    });
    return {
      status: response.status,
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), options.time.now()),
    };
  } catch (error) {
    return signal.aborted
      ? { status: undefined, failure: 'ApiTimeout', cause: 'no answer in time' }
      : { status: undefined, failure: 'ApiUnreachable', cause: causeOf(error) };
  }
}

async function discard(response: Response): Promise<void> {
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BODY_BYTES) return;
  }
}

/** The system's code (`ECONNREFUSED`, `UND_ERR_SOCKET`) or the error's name; never a message, which may quote headers. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return cause instanceof Error ? cause.name : error.name;
}
