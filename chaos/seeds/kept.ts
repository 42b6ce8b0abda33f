/** One campaign of a row. */
export interface Play {
  readonly seed: number;
  readonly seconds: number;
  readonly standby: boolean;
  /** Names of the faults to play; all for none. */
  readonly faults: readonly string[];
}

/** A campaign that once failed, and what was wrong then. */
export interface KeptSeed extends Play {
  readonly why: string;
}

/** Those with a standby and all faults, as rows of seeds have them. */
const ofRow = (seed: number, why: string): KeptSeed => ({
  why,
  seed,
  seconds: 60,
  standby: seed % 2 === 1,
  faults: [],
});

/** The same with faults that may cost nothing. */
const ofHarmlessRow = (seed: number, why: string): KeptSeed => ({
  ...ofRow(seed, why),
  faults: ['harmless'],
});

/** Campaigns that once failed. What was wrong has a test of its own, too, since the timing of a campaign differs each time. */
export const KEPT_SEEDS: readonly KeptSeed[] = [
  {
    why: 'a repetition was taken for the last event of a predecessor, though it came seconds after that',
    seed: 1,
    seconds: 20,
    standby: true,
    faults: ['freeze'],
  },
  ofRow(202, 'a leg that ended beside the one that counts most passed for unchanged when it was asked for'),
  ofRow(205, 'answers of REST were newer than what only the successor had received, and no gap told of that'),
  ofRow(
    207,
    'what two connections of a standby brought while they overlapped was told once more, the older state after the newer',
  ),
  ofRow(215, 'a successor told what it had kept under new versions, and died while it did so'),
  ofRow(217, 'a state that was repeated just after a reset was taken for the last one of the predecessor'),
  ofRow(
    218,
    'a state was taken for known though a predecessor had told another one after its last checkpoint',
  ),
  ofRow(
    225,
    'a holder did not wait for what it parked to be parked, so its successor told that again under other ids',
  ),
  ofRow(235, 'as 215'),
  ofRow(
    240,
    'a successor told of a gap and died before that was written down, and the next one told of a shorter one',
  ),
  ofRow(242, 'what waited to be published passed for news, so nobody asked for what had changed since'),
  ofRow(
    243,
    'the bus had been down since before the standby was connected, which the campaign did not excuse',
  ),
  ofRow(245, 'a term that was never written down had told higher versions than the next one'),
  ofRow(249, 'as 242'),
  ofHarmlessRow(304, 'a repetition was taken for the last event of a predecessor that had read late'),
  ofHarmlessRow(
    305,
    'of states repeated at once the last was taken for the first, so that all after it was told twice',
  ),
  ofHarmlessRow(315, 'a channel was replaced too late, because the clock was behind'),
  ofHarmlessRow(
    318,
    'the clock was set back while a predecessor left, so what it had not published passed for settled',
  ),
];
