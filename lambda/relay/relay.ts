import { BridgeError, describeError } from '../../listener/errors.ts';
import type { PreparedListener } from '../../listener/prepared-listener.ts';
import type { RelayCallback, Standing } from './callback.ts';

/** How often the relay says that it runs. Four in a row may be missed before the state machine starts another one. */
const HEARTBEAT_MS = 5_000;
/** How long publishing may take after the successor has taken over, in milliseconds. */
const DRAIN_MS = 15_000;
/** What is kept of the invocation's time for the last checkpoint, letting the lease go, and the last figures. */
const RESERVE_MS = 5_000;
/** For saying that it did not end in time, in milliseconds. */
const LAST_WORDS_MS = 1_000;
/** Between attempts to have the next one started. */
const RETRY_MS = 1_000;

/**
 * How much of an invocation's time is left when the next relay is started, in milliseconds.
 * @param handoverMs how long to go on until the successor has taken over, in milliseconds
 */
export function leadMs(handoverMs: number): number {
  return handoverMs + DRAIN_MS + RESERVE_MS;
}

/** Why a relay ends. `closed`: nobody waits for it any more, so another one takes its place, or will. */
type RelayEnd = 'due' | 'closed' | 'stuck';

/** A relay ended otherwise than it should have; an operator has to hear of it. */
class RelayError extends BridgeError {
  readonly code: 'RelayStuck' | 'RelayEventsLost' | 'RelayOverrun';
  readonly canRetry = false;

  constructor(code: RelayError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface RelayOptions {
  readonly listener: Pick<PreparedListener, 'start' | 'report' | 'stop' | 'clock' | 'logger' | 'metrics'> & {
    readonly bridge: Pick<PreparedListener['bridge'], 'liveness'>;
  };
  readonly callback: RelayCallback;
  /** How long to go on until the successor has taken over, in milliseconds. */
  readonly handoverMs: number;
  /** How much of the invocation's time is left, in milliseconds. */
  remainingMs(): number;
}

/**
 * One run of the listener in a chain of them. It is a standby at first, since the lease is another one's. Before its time is
 * over it has the next one started, and receives and publishes on until that one holds the lease. So two are connected
 * whenever the stream changes hands, and one publishes.
 * @throws {RelayError} it was stuck, something was lost, or it did not end in time
 */
export async function runRelay({ listener, callback, handoverMs, remainingMs }: RelayOptions): Promise<void> {
  const { clock, logger, metrics, bridge } = listener;
  listener.start({ remainingMs: remainingMs(), handoverMs });
  const end = await serve();
  logger.info({ end, remainingMs: remainingMs() }, 'relay ends');
  if (end === 'stuck')
    await tell(() => callback.failed('RelayStuck', 'work is there and nothing has moved for minutes'));
  // The successor's first figures come a minute after it began; until then alarms go by these.
  listener.report();
  // Where nobody waits, it may take a while until somebody is there: the schedule has to notice.
  const { lost } = await stopInTime(end === 'closed' ? Number.POSITIVE_INFINITY : handoverMs);
  if (end === 'stuck') throw new RelayError('RelayStuck', 'the listener made no progress');
  if (lost > 0)
    throw new RelayError('RelayEventsLost', `${lost} events could be neither published nor parked`);

  async function serve(): Promise<RelayEnd> {
    for (;;) {
      const left = remainingMs() - leadMs(handoverMs);
      const standing = await tell(() => (left > 0 ? callback.heartbeat() : callback.next()));
      if (standing === 'closed') return 'closed';
      // Unheard, it tries again while there is time; then the missing heartbeats have the next one started.
      if (left <= 0 && (standing === 'awaited' || left < -handoverMs / 2)) return 'due';
      if (!bridge.liveness().ok) return 'stuck';
      await clock.sleep(left > 0 ? Math.min(HEARTBEAT_MS, left) : RETRY_MS);
    }
  }

  async function stopInTime(waitMs: number): Promise<{ readonly lost: number }> {
    const left = remainingMs();
    const overrun = new AbortController();
    try {
      return await Promise.race([
        listener.stop(DRAIN_MS, Math.max(0, Math.min(waitMs, left - DRAIN_MS - RESERVE_MS))),
        clock.sleep(left - LAST_WORDS_MS, overrun.signal).then(() => {
          throw new RelayError('RelayOverrun', 'the listener did not stop before its time was over');
        }),
      ]);
    } finally {
      overrun.abort();
    }
  }

  async function tell(call: () => Promise<Standing>): Promise<Standing | 'unheard'> {
    try {
      return await call();
    } catch (error) {
      metrics.count('RelayCallFailures');
      logger.warn({ cause: describeError(error) }, 'Step Functions could not be told; the relay goes on');
      return 'unheard';
    }
  }
}
