import type { KeyPosition } from './checkpoint-store.ts';

/**
 * The same update reaches two listeners within moments: what was received further apart than this is another one,
 * though it may look the same. A listener that stands still for a while notes its receipt later. Milliseconds.
 */
const SAME_UPDATE_MS = 3_000;
/** The clocks of two hosts differ by less. Milliseconds. */
const CLOCKS_DIFFER_MS = 100;

/** What is looked at of a kept frame. */
export interface Alignable {
  /** The ordering key: a conversation's id or a topic. */
  readonly key: string;
  readonly digest: string;
  /** Milliseconds since the Unix epoch. */
  readonly receivedAt: number;
  /** When the connection it came by was subscribed, milliseconds since the Unix epoch. */
  readonly sinceAt: number;
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
 * and the one received at the nearest time is meant, by a connection that was there at the time. A predecessor's last
 * frame that was not kept is older than all that was, or was missed here, or was no frame (a conversation that was
 * asked for): then what was received later is due.
 */
export function align(
  kept: readonly Alignable[],
  positions: ReadonlyMap<string, KeyPosition>,
): readonly Alignment[] {
  const seams = new Map<string, number>();
  for (const [index, { key, digest, receivedAt, sinceAt }] of kept.entries()) {
    const position = positions.get(key);
    if (position?.digest !== digest) continue;
    const distance = (at: number) => Math.abs(at - position.receivedAt);
    if (distance(receivedAt) > SAME_UPDATE_MS || sinceAt > position.receivedAt + CLOCKS_DIFFER_MS) continue;
    const best = kept[seams.get(key) ?? -1];
    if (best === undefined || distance(receivedAt) < distance(best.receivedAt)) seams.set(key, index);
  }
  return kept.map(({ key, receivedAt }, index) => {
    const position = positions.get(key);
    if (position === undefined) return 'due';
    const seam = seams.get(key);
    if (seam === undefined) return receivedAt > position.receivedAt - CLOCKS_DIFFER_MS ? 'due' : 'settled';
    if (index === seam) return 'seam';
    return index < seam ? 'settled' : 'due';
  });
}
