import type { CauseId } from './causes.ts';

/** How sure a diagnosis is: `certain` was seen, `likely` is what fits best, `possible` could not be ruled out. */
export const CONFIDENCES = ['certain', 'likely', 'possible'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** What is asked. To each there is one answer; where one is certain, the others are ruled out. */
export type Question =
  | 'way'
  | 'login'
  | 'token'
  | 'rights'
  | 'clock'
  | 'subscription'
  | 'end'
  | 'channels'
  | 'limits';

/** A cause, and why it is believed. */
export interface Judgement {
  readonly cause: CauseId;
  readonly confidence: Confidence;
  /** One sentence with the facts in it. */
  readonly because: string;
  readonly question: Question;
  /** Whether a connection ends for it, so that its end needs no other cause. */
  readonly endsConnections?: boolean;
  /** What to try where this can't be told from another cause. */
  readonly next?: string;
}
