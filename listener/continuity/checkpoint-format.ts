import { z } from 'zod';
import type { CheckpointChange, FoundCheckpoint, KeyPosition, OpenGap } from './checkpoint-store.ts';

/**
 * The version of how checkpoints are written. One that is newer is not read. Every version keeps `formatVersion` and
 * `lowWatermark` where they are, in the first line or the head, so that an earlier one knows since when it has missed something.
 */
export const FORMAT_VERSION = 1;

/** The oldest watermark that is believed where nothing else can be read: so far back do the other stores reach. Milliseconds. */
const OLDEST_MS = 30 * 86_400_000;
/** Clocks of two hosts differ. Milliseconds. */
const SKEW_MS = 60_000;

/** A position without the names of its members, which would be a third of what is written. */
export const positionSchema = z.tuple([
  z.string().min(1),
  z.number().int().positive(),
  z.string(),
  z.number(),
  z.union([z.literal(0), z.literal(1)]),
  z.string().optional(),
]);

export const gapsSchema = z
  .array(z.object({ id: z.string(), from: z.number(), reason: z.string(), until: z.number().optional() }))
  .optional();

export type PositionTuple = z.infer<typeof positionSchema>;

export const changeSchema = z.object({
  /** Absent in all but the last piece of a change that takes several. */
  lowWatermark: z.number().optional(),
  changed: z.array(positionSchema),
  forgotten: z.array(z.string()),
  /** All that are open; in the last piece alone. */
  gaps: gapsSchema,
});

export type ChangeText = z.infer<typeof changeSchema>;

export function toTuple({ key, version, digest, receivedAt, open, revision }: KeyPosition): PositionTuple {
  const isOpen = open ? 1 : 0;
  return revision === undefined
    ? [key, version, digest, receivedAt, isOpen]
    : [key, version, digest, receivedAt, isOpen, revision];
}

/** Without a low-watermark: a piece of a change that is not its last. */
export function toChangeText(
  change: Omit<CheckpointChange, 'lowWatermark'> & Partial<Pick<CheckpointChange, 'lowWatermark'>>,
): ChangeText {
  const { lowWatermark, changed, forgotten, gaps = [] } = change;
  return {
    ...(lowWatermark === undefined ? {} : { lowWatermark }),
    changed: changed.map(toTuple),
    forgotten: [...forgotten],
    ...(gaps.length === 0 ? {} : { gaps: [...gaps] }),
  };
}

const versionSchema = z.object({ formatVersion: z.number() });
const watermarkSchema = z.object({ lowWatermark: z.number() });

/** Why the first line or the head of a checkpoint can't be read, for the log. */
export function unreadableBecause(head: unknown, otherwise: string): string {
  const version = versionSchema.safeParse(head).data?.formatVersion;
  return version !== undefined && version > FORMAT_VERSION
    ? `it has format version ${version}, written by a later version of the bridge; this one reads up to ${FORMAT_VERSION}`
    : otherwise;
}

/** What checkpoints that can't be read have in common with those that can: up to when everything was published. */
export class Salvage {
  #lowWatermark: number | undefined;

  /** @param head the first line or the head, whatever it is */
  add(head: unknown, nowMs: number): void {
    const { lowWatermark } = watermarkSchema.safeParse(head).data ?? {};
    if (lowWatermark === undefined || lowWatermark > nowMs + SKEW_MS || lowWatermark < nowMs - OLDEST_MS)
      return;
    this.#lowWatermark = Math.max(Math.min(lowWatermark, nowMs), this.#lowWatermark ?? 0);
  }

  /**
   * @param older the newest checkpoint that can be read
   * @returns what a listener goes on from, with a gap since then; undefined when nothing at all is known
   */
  mergedWith(older: FoundCheckpoint | undefined): FoundCheckpoint | undefined {
    const lowWatermark = this.#lowWatermark;
    if (lowWatermark === undefined || (older !== undefined && older.lowWatermark >= lowWatermark))
      return older;
    // A gap that was open when it was written is behind its watermark; one of the older checkpoint is closed, or is so, too.
    return {
      epoch: older?.epoch,
      lowWatermark,
      positions: older?.positions ?? new Map<string, KeyPosition>(),
    };
  }
}

/** A checkpoint that is being put together from its base and its changes. */
export class CheckpointDraft {
  readonly epoch: number;
  readonly positions = new Map<string, KeyPosition>();
  lowWatermark: number;
  gaps: readonly OpenGap[];
  readonly countFrom: number;

  /** @param epoch of the term that wrote it */
  constructor(
    epoch: number,
    { lowWatermark, gaps = [], countFrom = 0 }: Omit<FoundCheckpoint, 'epoch' | 'positions'>,
  ) {
    this.epoch = epoch;
    this.lowWatermark = lowWatermark;
    this.gaps = gaps;
    this.countFrom = countFrom;
  }

  add(tuples: readonly PositionTuple[]): void {
    for (const [key, version, digest, receivedAt, open, revision] of tuples) {
      // What was settled last stands last, as the order of forgetting wants it.
      this.positions.delete(key);
      const position = { key, version, digest, receivedAt, open: open === 1 };
      this.positions.set(key, revision === undefined ? position : { ...position, revision });
    }
  }

  apply({ lowWatermark, changed, forgotten, gaps = [] }: ChangeText): void {
    for (const key of forgotten) this.positions.delete(key);
    this.add(changed);
    if (lowWatermark === undefined) return;
    this.lowWatermark = lowWatermark;
    this.gaps = gaps;
  }
}
