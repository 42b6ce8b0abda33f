import type { KeyPosition } from './checkpoint-store.ts';

/**
 * The same update reaches two listeners within moments, and their clocks are set by the same kind of servers: what
 * was received further apart than this is another update, though it may look the same. Milliseconds.
 */
const SAME_UPDATE_MS = 2_000;

/** What is looked at of a kept frame. */
export interface Alignable {
  /** The ordering key: a conversation's id or a topic. */
  readonly key: string;
  readonly digest: string;
  /** Milliseconds since the Unix epoch. */
  readonly receivedAt: number;
}

/**
 * What to do with a frame that was kept while another listener published.
 * `settled`: it is on the bus or parked. `seam`: it is the last one of its key that is. `due`: it came after.
 */
export type Alignment = 'settled' | 'seam' | 'due';

/**
 * Finds, key by key, the place in what was kept up to which a predecessor has come.
 *
 * It is the frame with the digest of the last one that was settled; where a state was repeated there are several,
 * and the one received at the nearest time is meant. A predecessor's last frame that was not kept is older than all
 * that was, or was missed here, or was no frame (a conversation that was asked for): then what was received later is
 * due, and so is what was received so shortly before that the clocks may disagree. Rather twice than never.
 */
export function align(
  kept: readonly Alignable[],
  positions: ReadonlyMap<string, KeyPosition>,
): readonly Alignment[] {
  const seams = new Map<string, number>();
  for (const [index, { key, digest, receivedAt }] of kept.entries()) {
    const position = positions.get(key);
    if (position?.digest !== digest) continue;
    const distance = (at: number) => Math.abs(at - position.receivedAt);
    if (distance(receivedAt) > SAME_UPDATE_MS) continue;
    const best = kept[seams.get(key) ?? -1];
    if (best === undefined || distance(receivedAt) < distance(best.receivedAt)) seams.set(key, index);
  }
  return kept.map(({ key, receivedAt }, index) => {
    const position = positions.get(key);
    if (position === undefined) return 'due';
    const seam = seams.get(key);
    if (seam === undefined) return receivedAt > position.receivedAt - SAME_UPDATE_MS ? 'due' : 'settled';
    if (index === seam) return 'seam';
    return index < seam ? 'settled' : 'due';
  });
}
