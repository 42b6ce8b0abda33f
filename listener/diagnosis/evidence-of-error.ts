import { describeError } from '../errors.ts';
import { CredentialsError } from '../genesys/credentials.ts';
import { HttpError } from '../genesys/http.ts';
import { LoginError } from '../genesys/oauth.ts';
import { UnexpectedAnswerError } from '../genesys/unexpected-answer.ts';
import type { CallName, Evidence } from './evidence.ts';

/**
 * What a failed call tells. Undefined when it is no failure of a call.
 * @param afterMs how long it took, in milliseconds
 */
export function evidenceOfError(call: CallName, error: unknown, afterMs: number): Evidence | undefined {
  if (error instanceof CredentialsError)
    return { kind: 'credentials-problem', problem: describeError(error) };
  if (error instanceof LoginError)
    return error.cause instanceof HttpError
      ? evidenceOfError('login', error.cause, afterMs)
      : { kind: 'refused-call', call: 'login', status: 200, code: error.code };
  if (error instanceof UnexpectedAnswerError)
    return { kind: 'refused-call', call, status: 200, code: error.code };
  if (!(error instanceof HttpError)) return undefined;
  const { status, code, retryAfterMs } = error;
  return status === undefined
    ? { kind: 'unanswered-call', call, code, afterMs }
    : { kind: 'refused-call', call, status, code, retryAfterMs };
}

/**
 * What kept a socket from opening, where no HTTP answer came.
 * @param host as it may be shown
 */
export function evidenceOfFailedOpen(error: unknown, host: string, afterMs: number): Evidence {
  const code = systemCodeOf(error) ?? 'ETIMEDOUT';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { kind: 'name-unresolved', host, code };
  if (code === 'ECONNREFUSED') return { kind: 'host-unreachable', host, code, afterMs };
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code))
    return { kind: 'certificate-untrusted', host, issuer: 'an authority that is not known here', code };
  return { kind: 'upgrade-unanswered', code, afterMs };
}

/** The system's code of an error; undefined when it has none. A peer that hangs up has reset the connection. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string') return code;
  return error.message.includes('hang up') ? 'ECONNRESET' : undefined;
}
