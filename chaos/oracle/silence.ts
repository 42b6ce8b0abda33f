import type { PlayedFault, SeenEvent } from './records.ts';

/** What the bus takes so shortly after the end of a listener was sent before it, milliseconds. */
const ON_ITS_WAY_MS = 50;
/** With less load than this after the end of a listener, the silence that follows says nothing of a takeover. Milliseconds. */
const LOAD_AFTER_MS = 5_000;

/** The end of a listener that published. */
export interface EndOfHolder {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Whether a standby was ready to take over. */
  readonly besideStandby: boolean;
}

export interface Silence {
  /** From the end of a listener that published to the next event of a conversation, the longest; milliseconds, null for none. */
  readonly silenceMs: number | null;
  /** The same, of those that ended beside a standby that was ready, while the bus took everything, and no other one ended soon after. */
  readonly silenceBesideStandbyMs: number | null;
}

/** @param loadEndedAt milliseconds since the Unix epoch */
export function silenceAfter(
  ends: readonly EndOfHolder[],
  events: readonly Pick<SeenEvent, 'way' | 'at'>[],
  faults: readonly PlayedFault[],
  loadEndedAt: number,
): Silence {
  const counted = ends.filter(({ at }) => at + LOAD_AFTER_MS <= loadEndedAt);
  const busWorks = ({ at }: EndOfHolder) =>
    !faults.some(({ holdsUpBus, from, until }) => holdsUpBus && from <= at + LOAD_AFTER_MS && until >= at);
  const isLast = ({ at }: EndOfHolder) =>
    !ends.some((other) => other.at > at && other.at <= at + LOAD_AFTER_MS);
  const longest = (of: readonly EndOfHolder[]) => {
    const lengths = of.flatMap(({ at }) => {
      const next = events.find((event) => event.way === 'live' && event.at > at + ON_ITS_WAY_MS);
      return next === undefined ? [] : next.at - at;
    });
    return lengths.length === 0 ? null : Math.max(...lengths);
  };
  return {
    silenceMs: longest(counted),
    silenceBesideStandbyMs: longest(
      counted.filter((end) => end.besideStandby && busWorks(end) && isLast(end)),
    ),
  };
}
