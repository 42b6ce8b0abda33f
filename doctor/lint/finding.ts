/** A place in the payload. */
export interface Position {
  /** Bytes before it. */
  readonly offset: number;
  /** From 1. Lines end with LF, CR or both. */
  readonly line: number;
  /** From 1, in characters (code points), not bytes. */
  readonly column: number;
}

export type Severity = 'error' | 'warning';

/** The causes of a 1006 that lie in the subscription itself. The ids are stable. */
export type SubscribeCause =
  | 'subscribe-duplicate-key'
  | 'subscribe-no-filter'
  | 'subscribe-no-id'
  | 'subscribe-no-type'
  | 'subscribe-bad-event-type'
  | 'subscribe-raw-string'
  | 'subscribe-empty'
  | 'subscribe-malformed';

interface Kind {
  readonly cause: SubscribeCause;
  readonly severity: Severity;
}

/**
 * Every code a finding can have. The codes are stable. Where a cause is enough, the code is the cause.
 * An error is known to be wrong; a warning is something that the protocol's description leaves open, so that
 * a server may take it or not.
 */
export const FINDING_KINDS = {
  'subscribe-empty': { cause: 'subscribe-empty', severity: 'error' },
  'subscribe-raw-string': { cause: 'subscribe-raw-string', severity: 'error' },
  'subscribe-malformed': { cause: 'subscribe-malformed', severity: 'error' },
  'subscribe-byte-order-mark': { cause: 'subscribe-malformed', severity: 'error' },
  'subscribe-not-utf8': { cause: 'subscribe-malformed', severity: 'error' },
  'subscribe-comment': { cause: 'subscribe-malformed', severity: 'error' },
  'subscribe-trailing-comma': { cause: 'subscribe-malformed', severity: 'error' },
  'subscribe-wrong-quotes': { cause: 'subscribe-malformed', severity: 'error' },
  'subscribe-unquoted': { cause: 'subscribe-malformed', severity: 'error' },
  'subscribe-several-values': { cause: 'subscribe-malformed', severity: 'error' },
  'subscribe-not-an-object': { cause: 'subscribe-malformed', severity: 'error' },
  'subscribe-too-large': { cause: 'subscribe-malformed', severity: 'error' },
  'subscribe-duplicate-key': { cause: 'subscribe-duplicate-key', severity: 'error' },
  'subscribe-no-type': { cause: 'subscribe-no-type', severity: 'error' },
  'subscribe-wrong-type': { cause: 'subscribe-no-type', severity: 'error' },
  'subscribe-no-id': { cause: 'subscribe-no-id', severity: 'error' },
  'subscribe-wrong-id': { cause: 'subscribe-no-id', severity: 'error' },
  'subscribe-no-filter': { cause: 'subscribe-no-filter', severity: 'error' },
  'subscribe-wrong-filter': { cause: 'subscribe-no-filter', severity: 'error' },
  'subscribe-no-event-types': { cause: 'subscribe-bad-event-type', severity: 'error' },
  'subscribe-wrong-event-types': { cause: 'subscribe-bad-event-type', severity: 'error' },
  'subscribe-bad-event-type': { cause: 'subscribe-bad-event-type', severity: 'error' },
  'subscribe-wrong-entities': { cause: 'subscribe-malformed', severity: 'error' },
  'subscribe-no-entities': { cause: 'subscribe-malformed', severity: 'warning' },
  'subscribe-misplaced-member': { cause: 'subscribe-malformed', severity: 'warning' },
  'subscribe-unknown-member': { cause: 'subscribe-malformed', severity: 'warning' },
} as const satisfies Readonly<Record<string, Kind>>;

export type FindingCode = keyof typeof FINDING_KINDS;

export interface Finding extends Position {
  readonly code: FindingCode;
  readonly cause: SubscribeCause;
  readonly severity: Severity;
  readonly message: string;
  readonly fix: string;
  /** The other place that belongs to it: the first of two equal keys, the member that stands elsewhere. */
  readonly related?: Position;
}

export interface LintReport {
  /** In the order of the payload. None: the payload is as the protocol describes it. */
  readonly findings: readonly Finding[];
  /** Findings beyond the most that are listed. */
  readonly omitted: number;
  /** What to send instead, in the one canonical form. Absent when nothing was found. */
  readonly corrected?: string;
  /** What `corrected` holds that the payload doesn't settle, a sentence each. */
  readonly assumptions: readonly string[];
}

/** What a rule reports. Places are indexes into the text that the rule reads. */
export interface Remark {
  readonly code: FindingCode;
  readonly at: number;
  readonly message: string;
  readonly fix: string;
  readonly related?: number | undefined;
}

export type Report = (remark: Remark) => void;
