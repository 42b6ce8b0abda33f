/**
 * What Step Functions answered: it waits for this relay (`awaited`), or no longer, since the relay has called back before, was
 * given up, or its execution has ended (`closed`).
 */
export type Standing = 'awaited' | 'closed';

/**
 * What a relay tells whoever started it. Each call is made again by the relay, if at all.
 * @throws whatever the call failed with, when it is not known whether anybody waits
 */
export interface RelayCallback {
  /** The relay runs. */
  heartbeat(): Promise<Standing>;
  /** The next one is to be started; this one goes on until it has taken over. */
  next(): Promise<Standing>;
  /** The relay can't go on. @param cause without secrets */
  failed(error: string, cause: string): Promise<Standing>;
}
