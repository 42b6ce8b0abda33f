/**
 * Entry error codes that sending again cannot cure
 * (EventBridge API reference, PutEventsResultEntry, "Non-retryable errors").
 */
const PERMANENT_ENTRY_CODES: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'InvalidAccountIdException',
  'InvalidArgument',
  'MalformedDetail',
  'NotAuthorizedForDetailTypeException',
  'NotAuthorizedForSourceException',
  'RedactionFailure',
]);

/** Errors of a whole call that its content caused: the same content fails again. */
const PERMANENT_CALL_CODES: ReadonlySet<string> = new Set([
  'InvalidParameterValue',
  'RequestEntityTooLarge',
  'RequestEntityTooLargeException',
  'SerializationException',
  'ValidationError',
  'ValidationException',
]);

/** What AWS services call "too fast"; EventBridge documents the first. */
const THROTTLING_CODES: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'Http429',
  'Throttling',
  'ThrottledException',
  'LimitExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
]);

/** The credentials, the permissions or the bus are wrong: somebody has to act, and until then all calls fail. */
const ACCESS_CODES: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'Http401',
  'Http403',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'NotAuthorized',
  'ResourceNotFoundException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

/** Whether an entry is refused for good. A code nobody knows is not: nothing is given up by mistake. */
export function isPermanentEntryCode(code: string): boolean {
  return PERMANENT_ENTRY_CODES.has(code);
}

/** Whether a call is refused for good because of what is in it. Anything else may pass with time. */
export function isPermanentCall(code: string, httpStatus: number | undefined): boolean {
  return httpStatus === 413 || PERMANENT_CALL_CODES.has(code);
}

/** Whether the bus asks for fewer requests. */
export function isThrottling(code: string): boolean {
  return THROTTLING_CODES.has(code);
}

/** Whether a whole call failed for want of access, which an operator must mend. */
export function isAccessProblem(code: string): boolean {
  return ACCESS_CODES.has(code);
}
