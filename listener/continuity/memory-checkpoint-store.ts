import type {
  Checkpoint,
  CheckpointChange,
  CheckpointStore,
  FoundCheckpoint,
  KeyPosition,
  OpenGap,
} from './checkpoint-store.ts';

/** A checkpoint that ends with the process: for a listener without a place to keep state. */
export class MemoryCheckpointStore implements CheckpointStore {
  #term:
    | {
        readonly epoch: number;
        lowWatermark: number;
        readonly positions: Map<string, KeyPosition>;
        gaps: readonly OpenGap[];
        readonly countFrom: number | undefined;
      }
    | undefined;

  async load(): Promise<FoundCheckpoint | undefined> {
    const term = this.#term;
    if (term === undefined) return undefined;
    const { epoch, lowWatermark, positions, gaps, countFrom } = term;
    return { epoch, lowWatermark, positions: new Map(positions), gaps, countFrom };
  }

  async replace(epoch: number, { lowWatermark, positions, gaps = [], countFrom }: Checkpoint): Promise<void> {
    if (this.#term !== undefined && epoch < this.#term.epoch) return;
    this.#term = { epoch, lowWatermark, positions: new Map(positions), gaps, countFrom };
  }

  async append(
    epoch: number,
    { lowWatermark, changed, forgotten, gaps = [] }: CheckpointChange,
  ): Promise<void> {
    const term = this.#term;
    if (term?.epoch !== epoch) return;
    term.lowWatermark = lowWatermark;
    term.gaps = gaps;
    for (const key of forgotten) term.positions.delete(key);
    for (const position of changed) {
      term.positions.delete(position.key);
      term.positions.set(position.key, position);
    }
  }
}
