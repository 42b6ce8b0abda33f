/** Why an event failed, by a stable code, with its meaning. */
export const FAILURES = {
  InvalidEvent: ['permanent', 'the event does not fit the contract'],
  UnmappableEvent: [
    'permanent',
    'URL or body can’t be made from the event: what the mapping asks for is not there',
  ],
  ApiRefused: [
    'permanent',
    'the API answered with a status that a repetition will not change, such as 400, 404 or 422',
  ],
  ApiUnavailable: ['transient', 'the API answered 408, 425, 429 or 5xx'],
  ApiBusy: ['transient', 'the API answered 409: it may still be processing the same request'],
  ApiTimeout: ['transient', 'the API did not answer in time'],
  ApiUnreachable: ['transient', 'the API could not be reached, or cut the connection'],
  NoTimeLeft: ['transient', 'too little of the invocation’s time was left for a call'],
  SecretUnavailable: ['transient', 'the secret has no value yet or could not be read'],
  SecretMalformed: ['transient', 'the secret does not hold what it should'],
  AlreadyInProgress: ['transient', 'another invocation is handling the same event'],
  IdempotencyUnavailable: ['transient', 'the idempotency table could not be read or written'],
  QueueUnavailable: [
    'transient',
    'the event failed for good, but could not be put into the queue for failed events',
  ],
  InternalError: ['transient', 'an error that nobody foresaw: a defect of the function'],
} as const satisfies Record<string, readonly ['permanent' | 'transient', string]>;

export type FailureCode = keyof typeof FAILURES;

/** What is known of a failure besides its code. */
export interface FailureFacts {
  /** The API's answer, if there was one. */
  readonly status?: number | undefined;
  /** Requests sent to the API in this invocation. */
  readonly attempts?: number;
}

/**
 * An event failed: for good, or for now. Carries no header, no URL, no part of the API's answer and no cause, because
 * Lambda writes what a function throws into logs and destinations, and any of them may hold the key.
 */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly permanent: boolean;
  readonly status: number | undefined;
  readonly attempts: number;

  constructor(code: FailureCode, message: string, facts: FailureFacts = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.permanent = FAILURES[code][0] === 'permanent';
    this.status = facts.status;
    this.attempts = facts.attempts ?? 0;
  }
}
