import type { Dialect } from '../../contract/vocabulary.ts';

/** Where causes lie, in the order in which they can be told apart. */
export const CAUSE_GROUPS = [
  'Before anything is connected',
  'The way to the host',
  'Something in between',
  'The token',
  'What the token may do',
  'The clocks',
  'The Origin header',
  'The subscription',
  'A cut that nothing explains',
  'Silence and slowness',
  'The life of a channel',
  'The process itself',
  'The size of messages',
  'Limits and failures of the server',
] as const;

export type CauseGroup = (typeof CAUSE_GROUPS)[number];

/** One reason why a connection does not come to be, or does not last. */
export interface Cause {
  readonly title: string;
  /** What happens, in two to four sentences. */
  readonly explanation: string;
  /** What gives it away. */
  readonly toldBy: string;
  /** What to do, step by step. */
  readonly fix: readonly string[];
  readonly dialects: readonly Dialect[];
  readonly group: CauseGroup;
}
