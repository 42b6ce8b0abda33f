import type { KeyPosition } from './checkpoint-store.ts';

/** What is looked at of a kept frame. */
export interface Alignable {
  /** The ordering key: a conversation's id or a topic. */
  readonly key: string;
  readonly digest: string;
  /** Milliseconds since the Unix epoch. */
  readonly receivedAt: number;
  /** Nothing that was received before can have come by its connection. Milliseconds since the Unix epoch. */
  readonly sinceAt: number;
}

/**
 * What to do with a frame that was kept while another listener published.
 * `settled`: it is on the bus or parked. `seam`: it is the last one of its key that is. `due`: it came after.
 */
export type Alignment = 'settled' | 'seam' | 'due';

/**
 * How much later than the predecessor a listener may have received the same update, in milliseconds: it may have stood
 * still, or have paused its socket for so long. What equals it and came later still is a repetition.
 */
const LATER_MS = 10_000;

/**
 * Finds, key by key, the place in what was kept up to which a predecessor has come.
 *
 * It is the frame with the digest of the last one that was settled; where a state was repeated there are several,
 * and the one received at the nearest time is meant, since the same update reaches two listeners within
 * milliseconds. One that came by a connection which was not there then is none of them: the original was missed here,
 * and an update that is published twice does less harm than one that is not published. A predecessor's last frame that was not kept is older than all that was, or was missed here: what
 * was received later than it is due.
 */
export function align(
  kept: readonly Alignable[],
  positions: ReadonlyMap<string, KeyPosition>,
): readonly Alignment[] {
  const seams = new Map<string, number>();
  for (const [index, { key, digest, receivedAt, sinceAt }] of kept.entries()) {
    const position = positions.get(key);
    if (position?.digest !== digest || sinceAt > position.receivedAt) continue;
    if (receivedAt > position.receivedAt + LATER_MS) continue;
    const distance = (at: number) => Math.abs(at - position.receivedAt);
    const best = kept[seams.get(key) ?? -1];
    if (best === undefined || distance(receivedAt) < distance(best.receivedAt)) seams.set(key, index);
  }
  return kept.map(({ key, receivedAt }, index) => {
    const position = positions.get(key);
    if (position === undefined) return 'due';
    const seam = seams.get(key);
    if (seam === undefined) return receivedAt > position.receivedAt ? 'due' : 'settled';
    if (index === seam) return 'seam';
    return index < seam ? 'settled' : 'due';
  });
}
