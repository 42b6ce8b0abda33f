export const EXIT_OK = 0;
/** It was tried and failed. */
export const EXIT_FAILURE = 1;
/** It could not be tried: wrong arguments or configuration. */
export const EXIT_USAGE = 2;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The command was called wrongly. The message is one line: what was wrong and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
