import { BridgeError } from '../errors.ts';

/** Genesys Cloud answered 2xx with something that isn't what its documentation says. */
export class UnexpectedAnswerError extends BridgeError {
  readonly code = 'UnexpectedAnswer';
  readonly canRetry: boolean;

  constructor(message: string, { canRetry = true, ...options }: ErrorOptions & { canRetry?: boolean } = {}) {
    super(message, options);
    this.canRetry = canRetry;
  }
}
