import { describeError } from '../../errors.ts';
import { CredentialsError } from '../credentials.ts';
import { HttpError } from '../http.ts';
import { LoginError } from '../oauth.ts';
import { UnexpectedAnswerError } from '../unexpected-answer.ts';
import { ConnectError } from './dialect.ts';
import type { Ending, EndReason } from './end-reason.ts';

const CREDENTIALS_REASONS = {
  CredentialsMissing: 'credentials-missing',
  CredentialsMalformed: 'credentials-malformed',
  CredentialsUnreadable: 'credentials-unreadable',
} as const satisfies Record<CredentialsError['code'], EndReason>;

/** How an attempt that threw has ended. Total: whatever was thrown has a reason. */
export function endingOfError(error: unknown): Ending {
  if (error instanceof ConnectError) return error.ending;
  const rest = { detail: describeError(error), cause: error };
  if (error instanceof CredentialsError) return { reason: CREDENTIALS_REASONS[error.code], ...rest };
  if (error instanceof LoginError)
    return { reason: error.code === 'MalformedToken' ? 'call-failed' : 'login-refused', ...rest };
  if (error instanceof HttpError) {
    if (error.status === 401) return { reason: 'unauthorized', ...rest };
    if (error.status === 403) return { reason: 'forbidden', ...rest };
    if (error.status === 404) return { reason: 'channel-gone', ...rest };
    return { reason: 'call-failed', retryAfterMs: error.retryAfterMs, ...rest };
  }
  if (error instanceof UnexpectedAnswerError) return { reason: 'call-failed', ...rest };
  return { reason: 'internal-error', ...rest };
}
