/** What follows an ending. */
export interface Recovery {
  /**
   * `reconnect`: at once, unless the connection was not stable. `back-off`: after a wait that grows.
   * `new-token`: like `reconnect`, with a new login; if the same comes again, stopped until the credentials change.
   * `hand-over`: a new connection is made before this one is left; like `reconnect` when it doesn't work yet.
   * `stop`: for good.
   */
  readonly next: 'reconnect' | 'hand-over' | 'back-off' | 'new-token' | 'await-credentials' | 'stop';
  /** Whether the next connection may use the same channel. */
  readonly channel: 'keep' | 'new';
  /** Planned: part of a normal life. Unplanned: something went wrong. */
  readonly planned: boolean;
  /** One line for the log. */
  readonly meaning: string;
}

/** Every reason there is for a connection, or an attempt at one, to end; and what each leads to. */
export const RECOVERIES = {
  'stop-requested': {
    next: 'stop',
    channel: 'new',
    planned: true,
    meaning: 'the listener was told to stop',
  },
  'credentials-missing': {
    next: 'await-credentials',
    channel: 'new',
    planned: false,
    meaning: 'there are no credentials to log in with yet',
  },
  'credentials-malformed': {
    next: 'await-credentials',
    channel: 'new',
    planned: false,
    meaning: 'the secret does not hold what it should',
  },
  'credentials-unreadable': {
    next: 'back-off',
    channel: 'new',
    planned: false,
    meaning: 'the secret could not be read',
  },
  'login-refused': {
    next: 'new-token',
    channel: 'new',
    planned: false,
    meaning: 'the login refused the client id or the secret',
  },
  unauthorized: {
    next: 'new-token',
    channel: 'new',
    planned: false,
    meaning: 'the API refused the token (401)',
  },
  forbidden: {
    next: 'new-token',
    channel: 'new',
    planned: false,
    meaning: 'the API refused the call (403): a scope or permission is missing',
  },
  'no-topic-permitted': {
    next: 'await-credentials',
    channel: 'keep',
    planned: false,
    meaning: 'not one of the topics could be subscribed to',
  },
  'call-failed': {
    next: 'back-off',
    channel: 'keep',
    planned: false,
    meaning: 'a REST or login call failed or was not answered',
  },
  'foreign-connect-uri': {
    next: 'back-off',
    channel: 'new',
    planned: false,
    meaning: 'the API handed out a socket address outside the configured region; it was not used',
  },
  'upgrade-refused': {
    next: 'back-off',
    channel: 'new',
    planned: false,
    meaning: 'the socket was refused with an HTTP status other than 101',
  },
  'upgrade-unauthorized': {
    next: 'new-token',
    channel: 'new',
    planned: false,
    meaning: 'the socket was refused with 401 or 403',
  },
  'connect-failed': {
    next: 'back-off',
    channel: 'keep',
    planned: false,
    meaning: 'the socket could not be opened',
  },
  'token-too-short': {
    next: 'await-credentials',
    channel: 'new',
    planned: false,
    meaning: 'even a new token has less than the 10 minutes left that the org socket asks for',
  },
  'auth-refused': {
    next: 'new-token',
    channel: 'new',
    planned: false,
    meaning: 'the org socket refused the token, or the origin it came from',
  },
  'scope-missing': {
    next: 'new-token',
    channel: 'new',
    planned: false,
    meaning: 'the token lacks the scope that the org socket asks for',
  },
  'subscription-refused': {
    next: 'await-credentials',
    channel: 'new',
    planned: false,
    meaning: 'the org socket refused the subscription',
  },
  'handshake-unanswered': {
    next: 'back-off',
    channel: 'new',
    planned: false,
    meaning: 'the org socket did not answer in time what it was told after the upgrade',
  },
  'server-error': {
    next: 'back-off',
    channel: 'new',
    planned: false,
    meaning: 'the org socket reported an error',
  },
  'heartbeat-missed': {
    next: 'back-off',
    channel: 'keep',
    planned: false,
    meaning: 'neither a heartbeat nor the answer to a ping came in time; the socket was terminated',
  },
  'socket-closed': {
    next: 'back-off',
    channel: 'keep',
    planned: false,
    meaning: 'the socket was closed from outside',
  },
  'frame-over-limit': {
    next: 'back-off',
    channel: 'keep',
    planned: false,
    meaning: 'a frame was longer than the socket takes; what it held is lost',
  },
  'server-closing': {
    next: 'hand-over',
    channel: 'new',
    planned: true,
    meaning: 'Genesys Cloud announced maintenance of this socket',
  },
  'channel-gone': {
    next: 'reconnect',
    channel: 'new',
    planned: false,
    meaning: 'the channel expired or was evicted by another one of the same OAuth client',
  },
  'channel-taken': {
    next: 'reconnect',
    channel: 'new',
    planned: false,
    meaning: 'another connection took the channel or its subscriptions',
  },
  'token-revoked': {
    next: 'new-token',
    channel: 'new',
    planned: false,
    meaning: 'the token was revoked',
  },
  'token-expiring': {
    next: 'hand-over',
    channel: 'new',
    planned: true,
    meaning: 'the token is due for renewal, and a channel does not outlive its token',
  },
  'channel-expiring': {
    next: 'hand-over',
    channel: 'new',
    planned: true,
    meaning: 'the channel nears its 24 hours',
  },
  'credentials-rotated': {
    next: 'hand-over',
    channel: 'new',
    planned: true,
    meaning: 'the credentials were rotated',
  },
  'internal-error': {
    next: 'back-off',
    channel: 'new',
    planned: false,
    meaning: 'an error that nobody foresaw: a defect of the bridge',
  },
} as const satisfies Record<string, Recovery>;

export type EndReason = keyof typeof RECOVERIES;

/** One ending, with what is known of it. */
export interface Ending {
  readonly reason: EndReason;
  /** What happened, in words fit for a log. */
  readonly detail: string;
  /** The close code, where there was a socket: 1006 means that no close frame came. */
  readonly closeCode?: number;
  /** The HTTP status of the upgrade, where it was refused. */
  readonly httpStatus?: number;
  /** Milliseconds the server asked to wait. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** What an ending leads to. */
export function recoveryOf(reason: EndReason): Recovery {
  return RECOVERIES[reason];
}
