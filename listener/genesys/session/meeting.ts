import type { Clock } from '../../clock.ts';
import type { Link } from './link.ts';

/**
 * How long two connections may take over answering a ping each, in milliseconds. Less than the time for which
 * occurrences are remembered, since the new one's notifications are kept back so long.
 */
const ANSWER_WITHIN_MS = 3_000;

/** `met`: both have answered. Else: which one was silent. */
export type MeetingOutcome = 'met' | 'old-silent' | 'new-silent';

/**
 * Waits until two connections with the same subscriptions are level: the new one has shown life, and the old one
 * has brought everything that was sent before the new one was subscribed. Then what the new one kept back can
 * follow without an older update of the same conversation coming behind it.
 */
export async function meet(older: Link, newer: Link, clock: Clock): Promise<MeetingOutcome> {
  const silent = { older: true, newer: true };
  const both = Promise.all([
    older.answered().then(() => {
      silent.older = false;
    }),
    newer.answered().then(() => {
      silent.newer = false;
    }),
  ]);
  await new Promise<void>((resolve) => {
    const cancel = clock.after(ANSWER_WITHIN_MS, resolve);
    void both.then(() => {
      cancel();
      resolve();
    });
  });
  if (silent.newer) return 'new-silent';
  return silent.older ? 'old-silent' : 'met';
}
