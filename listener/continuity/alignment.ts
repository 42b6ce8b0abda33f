import type { KeyPosition } from './checkpoint-store.ts';

/**
 * The same update reaches two listeners within moments, and their clocks are set by the same kind of servers: what
 * was received further apart than this is another update, though it may look the same. Milliseconds.
 */
const SAME_UPDATE_MS = 2_000;
/** A predecessor that stood still, though not for so long that its lease ran out, noted its receipt later. Milliseconds. */
const NOTED_LATER_MS = 3_000;
/** By so much the ways of one update to two listeners may differ. Milliseconds. */
const JITTER_MS = 50;

/** What is looked at of a kept frame. */
export interface Alignable {
  /** The ordering key: a conversation's id or a topic. */
  readonly key: string;
  readonly digest: string;
  /** Milliseconds since the Unix epoch. */
  readonly receivedAt: number;
  /** When the connection that it came by was subscribed, milliseconds since the Unix epoch. */
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
 * and the one received at the nearest time is meant, or of several that are as near the first: rather a state twice
 * than one never. It came by a connection that was there at the time. A predecessor's last frame that was not kept is
 * older than all that was, or was missed here, or was no frame (a conversation that was asked for): then what was
 * received later is due. What was received before is not, even by a little: it would be published as the newest, and is not.
 */
export function align(
  kept: readonly Alignable[],
  positions: ReadonlyMap<string, KeyPosition>,
): readonly Alignment[] {
  const seams = new Map<string, { readonly index: number; readonly distance: number }>();
  for (const [index, { key, digest, receivedAt, sinceAt }] of kept.entries()) {
    const position = positions.get(key);
    if (position?.digest !== digest || sinceAt > position.receivedAt + JITTER_MS) continue;
    const later = receivedAt - position.receivedAt;
    if (later > SAME_UPDATE_MS || later < -NOTED_LATER_MS) continue;
    const distance = Math.abs(later);
    const nearest = seams.get(key)?.distance ?? Number.POSITIVE_INFINITY;
    if (distance < nearest - JITTER_MS) seams.set(key, { index, distance });
  }
  return kept.map(({ key, receivedAt }, index) => {
    const position = positions.get(key);
    if (position === undefined) return 'due';
    const seam = seams.get(key)?.index;
    if (seam === undefined) return receivedAt > position.receivedAt ? 'due' : 'settled';
    if (index === seam) return 'seam';
    return index < seam ? 'settled' : 'due';
  });
}
