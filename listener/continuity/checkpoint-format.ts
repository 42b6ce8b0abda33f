import { z } from 'zod';
import type { CheckpointChange, KeyPosition, OpenGap } from './checkpoint-store.ts';

/** The version of how checkpoints are written. One that is newer is not read. */
export const FORMAT_VERSION = 1;

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
  .array(z.object({ id: z.string(), from: z.number(), reason: z.string() }))
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

/** A checkpoint that is being put together from its base and its changes. */
export class CheckpointDraft {
  readonly positions = new Map<string, KeyPosition>();
  lowWatermark: number;
  gaps: readonly OpenGap[];

  constructor(lowWatermark: number, gaps: readonly OpenGap[] = []) {
    this.lowWatermark = lowWatermark;
    this.gaps = gaps;
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
