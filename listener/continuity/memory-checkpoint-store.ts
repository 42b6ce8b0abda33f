import type {
  Checkpoint,
  CheckpointChange,
  CheckpointStore,
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
      }
    | undefined;

  async load(): Promise<Checkpoint | undefined> {
    const term = this.#term;
    return term && { lowWatermark: term.lowWatermark, positions: new Map(term.positions), gaps: term.gaps };
  }

  async replace(epoch: number, { lowWatermark, positions, gaps = [] }: Checkpoint): Promise<void> {
    if (this.#term !== undefined && epoch < this.#term.epoch) return;
    this.#term = { epoch, lowWatermark, positions: new Map(positions), gaps };
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
