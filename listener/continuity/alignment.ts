import { UNNOTICED_STALL_MS } from '../telemetry/stall-watch.ts';
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
  /** If it may have waited to be read: since when. Milliseconds since the Unix epoch. */
  readonly unreadSince?: number | undefined;
  /** When the connection that it came by was subscribed, milliseconds since the Unix epoch. */
  readonly sinceAt: number;
  /** If the clock was set meanwhile: by how much it may be later by the predecessor's (`laterByOf`). Milliseconds. */
  readonly laterBy?: readonly number[] | undefined;
}

/** How far a predecessor has come. */
export interface Predecessor {
  /** Everything it received before is on the bus or parked. Milliseconds since the Unix epoch. */
  readonly lowWatermark: number;
  readonly positions: ReadonlyMap<string, KeyPosition>;
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
 * and the one received at the nearest time is meant. A predecessor that stood still too shortly to notice has read late, so
 * what came by so much before is as near; and of several that are as near, it is the first: rather a state twice
 * than one never. It came by a connection that was there at the time. A predecessor's last frame that was not kept is
 * older than all that was, or was missed here, or was no frame (a conversation that was asked for): then what was
 * received later is due. What was received before is not, even by a little: it would be published as the newest, and is not.
 *
 * Nor is what came before the low-watermark, whatever its key: the predecessor has published it, or told of a gap there and
 * has closed that with what is newer.
 * @param completeSince from when on all that came was kept, milliseconds since the Unix epoch
 */
export function align(
  kept: readonly Alignable[],
  { lowWatermark, positions }: Predecessor,
  completeSince = Number.NEGATIVE_INFINITY,
): readonly Alignment[] {
  const seams = new Map<string, { readonly index: number; readonly unexplained: number }>();
  for (const [index, frame] of kept.entries()) {
    const { key, digest, sinceAt } = frame;
    const position = positions.get(key);
    if (position?.digest !== digest) continue;
    const distance = distanceOf(frame, position.receivedAt);
    if (distance === undefined) continue;
    // Where it may have been missed here, what looks like it, and came at another time, is another one.
    const wasThere = Math.max(sinceAt, completeSince) < position.receivedAt - JITTER_MS;
    if (!wasThere && distance.apart > JITTER_MS) continue;
    const { unexplained } = distance;
    const nearest = seams.get(key)?.unexplained ?? Number.POSITIVE_INFINITY;
    if (unexplained < nearest - JITTER_MS) seams.set(key, { index, unexplained });
  }
  return kept.map((frame, index) => {
    const { key, receivedAt, unreadSince = receivedAt, laterBy } = frame;
    const position = positions.get(key);
    const seam = seams.get(key)?.index;
    if (index === seam) return 'seam';
    if (isSettled(frame, lowWatermark)) return 'settled';
    if (position === undefined) return 'due';
    if (seam === undefined) return latest(unreadSince, laterBy) > position.receivedAt ? 'due' : 'settled';
    return index < seam ? 'settled' : 'due';
  });
}

/**
 * Whether it came before a low-watermark, as far as two listeners and their clocks may be apart; where the clock was set,
 * by whichever clock the predecessor may have had.
 */
export function isSettled(
  { receivedAt, laterBy }: Pick<Alignable, 'receivedAt' | 'laterBy'>,
  lowWatermark: number,
): boolean {
  return latest(receivedAt, laterBy) < lowWatermark - SAME_UPDATE_MS;
}

function latest(at: number, laterBy: readonly number[] = [0]): number {
  return at + Math.max(...laterBy);
}

/** How far a receipt is from the time of a position. */
interface Distance {
  /** Milliseconds. */
  readonly apart: number;
  /** What a predecessor that stood still, and didn't notice, leaves of it. Milliseconds. */
  readonly unexplained: number;
}

/** @returns undefined if it is too far for the same update */
function distanceOf(
  { receivedAt, unreadSince = receivedAt, laterBy = [0] }: Alignable,
  at: number,
): Distance | undefined {
  let nearest: Distance | undefined;
  for (const shift of laterBy) {
    const after = Math.max(unreadSince + shift - at, 0);
    const before = Math.max(at - receivedAt - shift, 0);
    if (after > SAME_UPDATE_MS || before > NOTED_LATER_MS) continue;
    const unexplained = after + Math.max(before - UNNOTICED_STALL_MS, 0);
    if (nearest === undefined || unexplained < nearest.unexplained)
      nearest = { apart: after + before, unexplained };
  }
  return nearest;
}
