/** An answer that refuses a whole request, as AWS's JSON 1.1 protocol writes it. */
export class ServiceError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Name of the error, sent as `__type`. */
  readonly code: string;
  /** Sent as the Retry-After header. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.name = 'ServiceError';
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
