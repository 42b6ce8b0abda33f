/** Where a notification comes from: of two sources each tells the changes in their order. */
export interface Source {
  /** Of the connection. */
  readonly id: string;
  /** On the scale of `Clock.monotonic()`: nothing that was received before can come by it again. */
  readonly sinceMs: number;
  /** On the same scale: all that was sent after comes by it; `sinceMs` unless said. */
  readonly surelySinceMs?: number | undefined;
  /**
   * Set while what comes may have waited to be read: it was not sent before, but perhaps long before it was received.
   * Milliseconds since the Unix epoch.
   */
  readonly unreadSince?: number | undefined;
}

/**
 * Of two connections that are level, the one brings a change within so many milliseconds of the other. What comes
 * later is a repetition. Two connections are left subscribed side by side for longer, so that what the one brought before the
 * other was subscribed is not looked for any more when the first one is left.
 */
export const ECHO_WITHIN_MS = 1_000;

/**
 * When another connection can have brought, at the earliest, what a connection brings now.
 * @param subscribedAtMs when it was about to be subscribed
 * @param levelAtMs when the two were level; minus infinity before
 */
export function earliestOriginal(subscribedAtMs: number, levelAtMs: number, receivedAtMs: number): number {
  return Math.max(subscribedAtMs, Math.min(levelAtMs, receivedAtMs - ECHO_WITHIN_MS));
}
