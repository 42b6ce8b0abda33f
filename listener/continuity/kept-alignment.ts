import type { Clock } from '../clock.ts';
import { bodyDigest } from '../contract/identity.ts';
import { orderingKeyOf } from '../contract/routing.ts';
import type { ReceivedFrame } from '../genesys/session/dialect.ts';
import { type Alignable, type Alignment, align, isSettled, type Predecessor } from './alignment.ts';
import type { KeptFrame, KeptNotification, KeptRefusal } from './frame-keeper.ts';
import { laterByOf } from './one-clock.ts';

/** A frame that was kept, and what is to be done with it. */
export type AlignedFrame =
  | { readonly each: KeptNotification; readonly alignment: Alignment }
  | { readonly each: KeptRefusal; readonly alignment: Exclude<Alignment, 'seam'> };

/** What a successor knows by itself. */
export interface Successor {
  readonly clock: Clock;
  /** From when on it had all that came, milliseconds since the Unix epoch. */
  readonly completeSince: number;
  /** How many notifications of a key it has counted; undefined when it remembers nothing of it. */
  readonly versionOf: (key: string) => number | undefined;
  /** Sees to a frame by which `act` throws; such a frame is left out. */
  readonly guarded: (received: ReceivedFrame, act: () => void) => void;
}

/** Which of the frames that were kept are settled by now, the latest of them, and what is due; in their order. */
export function alignKept(
  kept: readonly KeptFrame[],
  { positions, lowWatermark }: Predecessor,
  { clock, completeSince, versionOf, guarded }: Successor,
): AlignedFrame[] {
  // Where this listener was the last to publish, all that it kept came afterwards.
  const anothers = [...positions].filter(([key, { version }]) => (versionOf(key) ?? 0) < version);
  const now = { receivedAt: clock.now(), receivedAtMs: clock.monotonic() };
  const laterBy = laterByOf(
    kept.map(({ received }) => received),
    lowWatermark,
    now,
  );
  const alignables = new Map<KeptNotification, Alignable>();
  for (const [index, each] of kept.entries())
    if (each.kind === 'notification')
      guarded(each.received, () => alignables.set(each, alignable(each, laterBy[index])));
  const predecessor = { lowWatermark, positions: new Map(anothers) };
  const alignments = align([...alignables.values()], predecessor, completeSince).values();
  return kept.flatMap((each, index): AlignedFrame[] => {
    if (each.kind === 'notification')
      return alignables.has(each) ? [{ each, alignment: alignments.next().value ?? 'due' }] : [];
    const { receivedAt } = each.received;
    const isOver = isSettled({ receivedAt, laterBy: laterBy[index] }, lowWatermark);
    return [{ each, alignment: isOver ? 'settled' : 'due' }];
  });
}

function alignable({ frame, received, source }: KeptNotification, laterBy: Alignable['laterBy']): Alignable {
  const { receivedAt, receivedAtMs } = received;
  return {
    key: orderingKeyOf(frame),
    digest: bodyDigest(frame.bodyText),
    receivedAt,
    unreadSince: source.unreadSince,
    sinceAt: receivedAt - (receivedAtMs - source.sinceMs),
    laterBy,
  };
}
