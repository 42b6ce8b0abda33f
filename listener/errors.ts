/**
 * Base of every error the bridge throws on purpose.
 * `code` is stable and machine-readable; `canRetry` says whether the same call may succeed later.
 */
export abstract class BridgeError extends Error {
  abstract readonly code: string;
  abstract readonly canRetry: boolean;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The message of anything that was thrown, with the messages of its causes. Never throws. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.message === '' ? error.name : error.message;
  return error.cause === undefined ? own : `${own}: ${describeError(error.cause)}`;
}
