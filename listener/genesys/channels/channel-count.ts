import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { describeError } from '../../errors.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { GenesysApi } from '../api.ts';

/** How many channels an OAuth client may have; one more evicts another. */
const MOST_CHANNELS = 20;
/** How long connecting waits for the count, in milliseconds. */
const COUNT_WITHIN_MS = 2_000;

export interface ChannelCountOptions {
  readonly api: Pick<GenesysApi, 'channels'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Channels of this listener. */
export interface OwnChannels {
  /** Of all that may still live. */
  readonly ids: ReadonlySet<string>;
  /** Of those that live for sure. */
  readonly idsInUse: readonly string[];
}

/**
 * Counts the client's channels before another one is made, and says so when there is none left for handing over.
 * That it can't be counted is logged, and nothing more.
 * @throws AbortError when `signal` aborts
 */
export async function countChannels(
  { api, clock, logger, metrics }: ChannelCountOptions,
  own: OwnChannels,
  signal: AbortSignal,
): Promise<void> {
  const limit = new AbortController();
  const cancel = clock.after(COUNT_WITHIN_MS, () => limit.abort());
  try {
    const listed = await api.channels(AbortSignal.any([signal, limit.signal]));
    metrics.gauge('ChannelsInUse', listed.length);
    const others = othersAmong(listed, own);
    if (others < MOST_CHANNELS - 1) return;
    logger.error(
      { channels: listed.length, others, most: MOST_CHANNELS },
      `${others} channels of the OAuth client are not this listener's, and it may have ${MOST_CHANNELS}: each one more, as every hand-over needs, evicts another (one without a socket first, then the one used longest ago), whose listener is cut off; give this listener an OAuth client of its own, or stop what holds the others`,
    );
  } catch (error) {
    signal.throwIfAborted();
    if (limit.signal.aborted) metrics.count('RestCallsFailed');
    logger.warn({ cause: describeError(error) }, 'the channels of the OAuth client could not be counted');
  } finally {
    cancel();
  }
}

/** Ids of channels that another token made are not shown: some of the nameless ones may be this listener's. */
function othersAmong(listed: readonly { id?: string | undefined }[], own: OwnChannels): number {
  const shown = new Set(listed.flatMap(({ id }) => (id === undefined ? [] : [id])));
  const foreign = [...shown].filter((id) => !own.ids.has(id)).length;
  const nameless = listed.length - shown.size;
  const ownNameless = own.idsInUse.filter((id) => !shown.has(id)).length;
  return foreign + Math.max(0, nameless - ownNameless);
}
