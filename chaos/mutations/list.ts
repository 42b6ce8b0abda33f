/** One line of the listener, changed so that it breaks a promise; the campaign has to notice. */
export interface Mutation {
  readonly name: string;
  /** From the root of the project. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** How the campaign is run that must fail. */
  readonly args: readonly string[];
}

const short = (...faults: readonly string[]) => ['--seconds', '12', '--fault', faults.join(',')];

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'an entry that failed counts as taken',
    file: 'listener/publish/dispatcher.ts',
    find: 'if (result.accepted) {',
    replace: 'if (lane) {',
    args: short('bus-throttled', 'bus-entries-failing'),
  },
  {
    name: 'a call that failed is not made again',
    file: 'listener/publish/dispatcher.ts',
    find: 'this.#retryLater(lane, error.code, cause, error.retryAfterMs);',
    replace: 'this.#lanes.advance(lane, this.#clock.monotonic());',
    args: short('bus-failing', 'bus-down'),
  },
  {
    name: 'two events of a conversation are in flight',
    file: 'listener/publish/lanes.ts',
    find: 'if (lane !== undefined) {',
    replace: 'if (lane === null) {',
    args: short('bus-throttled', 'bus-failing'),
  },
  {
    name: 'what is parked is not kept',
    file: 'listener/publish/parker.ts',
    find: 'await this.#options.parking.park(parcel.item, parcel.reason);',
    replace: '',
    args: short('bus-refusing', 'malformed'),
  },
  {
    name: 'parking that failed is not tried again',
    file: 'listener/publish/parker.ts',
    find: "if (this.#phase === 'closed') {",
    replace: 'if (parcel) {',
    args: short('disk-full'),
  },
  {
    name: 'a repetition is taken for an echo',
    file: 'listener/continuity/echo-matcher.ts',
    find: 'place > passed && other === digest',
    replace: 'place >= 0 && other === digest',
    args: short('repetitions'),
  },
];
