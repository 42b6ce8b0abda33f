import { KEPT_SEEDS, type Play } from './kept.ts';

/** What was asked for on the command line. */
export interface Asked {
  readonly from: number;
  /** How many; ten of a row and all that are kept, unless said. */
  readonly count?: number | undefined;
  readonly seconds: number;
  /** Names of the faults to play; all for none, and those of each that is kept. */
  readonly fault: readonly string[];
  readonly kept?: boolean | undefined;
}

const ROW = 10;

/** The campaigns of a row, every other one with a standby; or those that are kept, none of them longer than is said. */
export function playsOf({ from, count, seconds, fault, kept = false }: Asked): readonly Play[] {
  if (kept)
    return KEPT_SEEDS.slice(0, count).map((play) => ({ ...play, seconds: Math.min(play.seconds, seconds) }));
  return Array.from({ length: count ?? ROW }, (_, index) => {
    const seed = from + index;
    return { seed, seconds, standby: seed % 2 === 1, faults: fault };
  });
}
