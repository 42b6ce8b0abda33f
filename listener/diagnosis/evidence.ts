import type { Dialect } from '../contract/vocabulary.ts';
import type { CauseId } from './causes.ts';

/** What is asked of Genesys Cloud, by name. */
export type CallName =
  | 'login'
  | 'introspection'
  | 'token-description'
  | 'topics'
  | 'channel-list'
  | 'channel-create'
  | 'channel-check'
  | 'subscribe';

/** How far a connection had come. */
export type Stage = 'opened' | 'auth-sent' | 'authenticated' | 'subscribe-sent' | 'subscribed' | 'alive';

/** What the server said about a connection before it ended. */
export type Announcement = 'socket-closing' | 'token-revoked' | 'channel-taken' | 'channel-gone' | 'error';

/** Where the process runs. */
export type Runtime = 'lambda' | 'fargate' | 'other';

/** What an experiment changed, one thing at a time. */
export type ExperimentId = 'without-origin' | 'minimal-subscription' | 'fresh-token' | 'fresh-channel';

/** One fact, as it was seen. Durations in milliseconds unless the name says seconds; nothing here is a secret. */
export type Evidence =
  | { readonly kind: 'configuration-problem'; readonly problem: string }
  | { readonly kind: 'credentials-problem'; readonly problem: string }
  | { readonly kind: 'name-unresolved'; readonly host: string; readonly code: string }
  | {
      readonly kind: 'host-unreachable';
      readonly host: string;
      readonly code: string;
      readonly afterMs: number;
    }
  | {
      readonly kind: 'certificate-untrusted';
      readonly host: string;
      readonly issuer: string;
      readonly code: string;
    }
  /** Trusted here, but by an authority that was added to the public ones. */
  | { readonly kind: 'certificate-private'; readonly host: string; readonly issuer: string }
  | {
      readonly kind: 'refused-call';
      readonly call: CallName;
      readonly status: number;
      /** Of Genesys Cloud's error body. */
      readonly code: string;
      readonly retryAfterMs?: number | undefined;
    }
  | {
      readonly kind: 'unanswered-call';
      readonly call: CallName;
      readonly code: string;
      readonly afterMs: number;
    }
  /** The middle one of the times that answers took. */
  | { readonly kind: 'answer-time'; readonly medianMs: number; readonly answers: number }
  /** How far the server's clock is ahead of ours; below 0: behind. */
  | { readonly kind: 'clock-offset'; readonly host: string; readonly offsetMs: number }
  | {
      readonly kind: 'token';
      readonly source: 'introspection' | 'jwt';
      readonly moment: 'before' | 'after';
      readonly active?: boolean | undefined;
      /** By the server's clock. */
      readonly secondsLeft?: number | undefined;
      /** How far `nbf` or `iat` lies ahead of the server's clock. */
      readonly aheadSeconds?: number | undefined;
    }
  | { readonly kind: 'scope-missing'; readonly scope: string; readonly source: string }
  | { readonly kind: 'permission-missing'; readonly what: string; readonly permissions: readonly string[] }
  | { readonly kind: 'topic-unknown'; readonly topic: string; readonly reason: string }
  | { readonly kind: 'channels'; readonly count: number; readonly most: number }
  | { readonly kind: 'foreign-connect-uri'; readonly problem: string }
  | { readonly kind: 'upgrade-refused'; readonly status: number }
  | { readonly kind: 'upgrade-unanswered'; readonly code: string; readonly afterMs: number }
  | {
      readonly kind: 'payload-finding';
      readonly cause: CauseId;
      readonly message: string;
      readonly line: number;
      readonly column: number;
    }
  | { readonly kind: 'announcement'; readonly what: Announcement; readonly text: string }
  | {
      readonly kind: 'socket-ended';
      readonly closeCode: number;
      readonly reason: string;
      /** The system's code of the error, such as ECONNRESET. */
      readonly error?: string | undefined;
      readonly stage: Stage;
      readonly lastSent: { readonly what: string; readonly agoMs: number } | undefined;
      readonly lastReceived: { readonly what: string; readonly agoMs: number } | undefined;
      /** How long the socket was open. */
      readonly openMs: number;
      /** How long the subscription was in force; undefined when it never was. */
      readonly subscribedMs: number | undefined;
      /** Events that had come. */
      readonly events: number;
      /** Since when a ping waited for its answer; undefined when none did. */
      readonly pingUnansweredMs?: number | undefined;
    }
  /** The socket is open and nothing comes. */
  | { readonly kind: 'silence'; readonly silentMs: number; readonly pings: number; readonly stage: Stage }
  | { readonly kind: 'frame-too-large'; readonly limitBytes: number }
  /** Of the channel in use. */
  | {
      readonly kind: 'channel';
      readonly ageMs: number;
      /** By the `expires` that it was handed out with; below 0: past. */
      readonly expiresInMs?: number | undefined;
      readonly exists?: boolean | undefined;
    }
  | { readonly kind: 'runtime'; readonly runtime: Runtime }
  /** A timer came so much too late. */
  | { readonly kind: 'process-paused'; readonly pausedMs: number }
  | {
      readonly kind: 'experiment';
      readonly experiment: ExperimentId;
      /** Whether the connection then lived where it had not before. */
      readonly better: boolean;
    };

export type EvidenceKind = Evidence['kind'];
export type EvidenceOf<Kind extends EvidenceKind> = Extract<Evidence, { kind: Kind }>;

/** Everything that was seen of one connection, to be judged as a whole. */
export class Findings {
  readonly dialect: Dialect;
  readonly all: readonly Evidence[];

  constructor(dialect: Dialect, all: readonly Evidence[]) {
    this.dialect = dialect;
    this.all = all;
  }

  every<Kind extends EvidenceKind>(kind: Kind): EvidenceOf<Kind>[] {
    return this.all.filter((each): each is EvidenceOf<Kind> => each.kind === kind);
  }

  last<Kind extends EvidenceKind>(kind: Kind): EvidenceOf<Kind> | undefined {
    return this.every(kind).at(-1);
  }
}
