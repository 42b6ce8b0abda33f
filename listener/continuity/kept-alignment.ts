import type { Clock } from '../clock.ts';
import { bodyDigest } from '../contract/identity.ts';
import { orderingKeyOf } from '../contract/routing.ts';
import type { ReceivedFrame } from '../genesys/session/dialect.ts';
import { type Alignable, type Alignment, align, type Predecessor } from './alignment.ts';
import type { KeptFrame, KeptNotification } from './frame-keeper.ts';

/** A low-watermark that is further ahead than this was noted by another clock. Milliseconds. */
const CLOCKS_DIFFER_MS = 2_000;

/** A notification that was kept, and what is to be done with it. */
export interface AlignedNotification {
  readonly each: KeptNotification;
  readonly alignment: Alignment;
}

/** What a successor knows by itself. */
export interface Successor {
  readonly clock: Clock;
  /** How many notifications of a key it has counted; undefined when it remembers nothing of it. */
  readonly versionOf: (key: string) => number | undefined;
  /** Sees to a frame by which `act` throws; such a frame is left out. */
  readonly guarded: (received: ReceivedFrame, act: () => void) => void;
}

/** Which of the notifications that were kept are settled by now, the latest of them, and what is due; in their order. */
export function alignKept(
  kept: readonly KeptFrame[],
  { positions, lowWatermark }: Predecessor,
  { clock, versionOf, guarded }: Successor,
): AlignedNotification[] {
  const found: { readonly each: KeptNotification; readonly alignable: Alignable }[] = [];
  // By a clock that was set back, what came later would seem to be older.
  const ahead = kept.reduce(
    (most, { received }) => Math.max(most, received.receivedAt - received.receivedAtMs),
    clock.now() - clock.monotonic(),
  );
  for (const each of kept)
    if (each.kind === 'notification')
      guarded(each.received, () => found.push({ each, alignable: alignable(each, ahead) }));
  // Where this listener was the last to publish, all that it kept came afterwards.
  const anothers = [...positions].filter(([key, { version }]) => (versionOf(key) ?? 0) < version);
  const alignables = found.map((each) => each.alignable);
  const isPast = lowWatermark <= clock.now() + CLOCKS_DIFFER_MS;
  const alignments = align(alignables, {
    lowWatermark: isPast ? lowWatermark : Number.NEGATIVE_INFINITY,
    positions: new Map(anothers),
  });
  return found.map(({ each }, index) => ({ each, alignment: alignments[index] ?? 'due' }));
}

/** @param ahead how far the clock was ahead of the monotonic one, at most; milliseconds */
function alignable({ frame, received, source }: KeptNotification, ahead: number): Alignable {
  const { receivedAt, receivedAtMs } = received;
  return {
    key: orderingKeyOf(frame),
    digest: bodyDigest(frame.bodyText),
    receivedAt,
    unreadSince: source.unreadSince,
    sinceAt: receivedAt - (receivedAtMs - source.sinceMs),
    laterBy: ahead - (receivedAt - receivedAtMs),
  };
}
