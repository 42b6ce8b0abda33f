/** Why a gap began: the reason for which the connection ended, or `takeover`, `events-lost`, `topics-added`. */
export type GapReason = string;

/** A time of which updates may have been missed, until it is closed. */
export interface Gap {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  /** When the bridge was live again, milliseconds since the Unix epoch; undefined while it is not. */
  readonly until: number | undefined;
  readonly reason: GapReason;
}

/** A gap of which the end is known, so that it can be closed. */
export interface EndedGap extends Gap {
  readonly until: number;
  /** When the bridge was live again, by the monotonic clock. */
  readonly liveAt: number;
}

/** What health says of an open gap. Times are ISO 8601. */
export interface GapFacts {
  readonly id: string;
  readonly from: string;
  readonly until?: string;
  readonly reason: GapReason;
  /** `connection`: it is not live yet. `answers`: conversations are asked for. `permission`: it can't go on without. */
  readonly waitingFor: 'connection' | 'answers' | 'permission';
  /** Which permission that is. */
  readonly missingPermission?: string;
}
