import { HttpError } from '../../genesys/http.ts';
import { UnexpectedAnswerError } from '../../genesys/unexpected-answer.ts';

/** What a call that failed means for the closing of a gap. */
export type FailedAnswer =
  /** It may succeed later. */
  | { readonly kind: 'later'; readonly retryAfterMs: number }
  /** It may succeed when somebody grants the permission. */
  | { readonly kind: 'permission' }
  /** It never will, for this conversation. */
  | { readonly kind: 'never' };

/** Whatever failed in another way may pass: the gap stays open meanwhile, and that is seen. */
export function failedAnswer(error: unknown): FailedAnswer {
  if (error instanceof HttpError) {
    if (error.status === 400) return { kind: 'never' };
    if (error.status === 403) return isOfDivision(error) ? { kind: 'never' } : { kind: 'permission' };
    return { kind: 'later', retryAfterMs: error.retryAfterMs ?? 0 };
  }
  if (error instanceof UnexpectedAnswerError && !error.canRetry) return { kind: 'never' };
  return { kind: 'later', retryAfterMs: 0 };
}

/** The client may see conversations, but none of that division; another conversation is another question. */
function isOfDivision({ code }: HttpError): boolean {
  return code.toLowerCase().includes('division');
}
