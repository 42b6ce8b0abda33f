/** An answer of the platform API that is no success, with the body that Genesys Cloud gives it (model `ErrorBody`). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #messageParams: Readonly<Record<string, string>> | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    extra: {
      messageParams?: Readonly<Record<string, string>>;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = extra.headers ?? {};
    this.#messageParams = extra.messageParams;
  }

  override get name(): string {
    return 'ApiError';
  }

  /** @param contextId the correlation id of the request */
  body(contextId: string): object {
    if (this.status === 429) return { message: this.message, code: this.code, status: this.status };
    return {
      message: this.message,
      code: this.code,
      status: this.status,
      messageParams: this.#messageParams ?? {},
      contextId,
      details: [],
      errors: [],
    };
  }
}

export function notFound(what: string): ApiError {
  return new ApiError(404, 'not.found', `${what} was not found.`);
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'bad.request', message);
}

/** @param retryAfterSeconds whole seconds until the window ends */
export function tooManyRequests(retryAfterSeconds: number): ApiError {
  return new ApiError(
    429,
    'too.many.requests.retry.after',
    `Rate limit exceeded the maximum. Retry the request in [${retryAfterSeconds}] seconds`,
    { headers: { 'Retry-After': String(retryAfterSeconds) } },
  );
}
