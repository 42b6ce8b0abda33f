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
const longer = (...faults: readonly string[]) => ['--seconds', '20', '--fault', faults.join(',')];

export const MUTATIONS: readonly Mutation[] = [
  // Retry and order.
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
  // Parking.
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
  // Pausing.
  {
    name: 'the socket is read on while too much waits',
    file: 'listener/genesys/session/session.ts',
    find: 'if (this.#paused) return;\n    this.#paused = true;',
    replace: 'if (this.#options) return;',
    args: [...longer('small-buffer', 'bus-down'), '--rate', '100'],
  },
  {
    name: 'a socket that was paused is never read on',
    file: 'listener/genesys/session/session.ts',
    find: 'if (!this.#paused) return;\n    this.#paused = false;',
    replace: 'if (this.#options) return;',
    args: [...longer('small-buffer', 'bus-down'), '--rate', '100'],
  },
  // Overlap matching.
  {
    name: 'a repetition is taken for an echo',
    file: 'listener/continuity/echo-matcher.ts',
    find: 'place > passed && at >= sinceMs && other === digest',
    replace: 'place >= 0 && other === digest',
    args: short('repetitions'),
  },
  {
    name: 'nothing is taken for an echo',
    file: 'listener/continuity/echo-matcher.ts',
    find: 'if (original === undefined) return undefined;',
    replace: 'if (passed !== undefined) return undefined;',
    args: longer('socket-closing', 'secret-rotated'),
  },
  // Hand-over.
  {
    name: 'the old connection is left before there is a new one',
    file: 'listener/genesys/session/session.ts',
    find: 'if (link !== this.#links.current) {\n      link.end(ending);',
    replace: 'if (link) {\n      link.end(ending);',
    args: longer('socket-closing'),
  },
  {
    name: 'what a new connection brought before it took over is forgotten',
    file: 'listener/genesys/session/handover.ts',
    find: 'newer.letGo();\n    links.leave(older);',
    replace: 'links.leave(older);',
    args: longer('socket-closing', 'secret-rotated'),
  },
  // Lease.
  {
    name: 'a lease is taken from a holder that is alive',
    file: 'listener/continuity/lease-contention.ts',
    find: "if (unchangedMs >= patienceMs) return 'take';",
    replace: "if (unchangedMs >= 0) return 'take';",
    args: [...short('kill-standby'), '--standby'],
  },
  // Fencing. A look at the lease left out before sending alone can't be seen from outside: the listener stands down at
  // the same moment, and what was on its way by then comes again under the same event id.
  {
    name: 'a lease that ran out while the process stood still counts',
    file: 'listener/continuity/lease-term.ts',
    find: 'return this.#options.clock.monotonic() < this.#validUntil;',
    replace: 'return this.#validUntil > 0;',
    args: ['--seconds', '25', '--fault', 'freeze', '--standby'],
  },
  // Standing by.
  {
    name: 'a standby keeps nothing',
    file: 'listener/continuity/frame-keeper.ts',
    find: 'const all = this.#kept.slice(this.#first);',
    replace: 'const all = this.#kept.slice(this.#kept.length);',
    args: ['--seconds', '25', '--fault', 'kill', '--standby'],
  },
  {
    name: 'a standby publishes all that it kept anew',
    file: 'listener/continuity/alignment.ts',
    find: "return index < seam ? 'settled' : 'due';",
    replace: "return index < seam ? 'due' : 'due';",
    args: ['--seconds', '25', '--fault', 'kill', '--standby'],
  },
  // Low-watermark.
  {
    name: 'a gap begins with the last checkpoint, whatever waited for the bus by then',
    file: 'listener/continuity/tenure.ts',
    find: 'return Math.min(clock.now(), ...bounds.filter((bound) => bound !== undefined));',
    replace: 'return Math.max(clock.now(), bounds.length);',
    args: longer('kill-unsettled'),
  },
  {
    name: 'versions go on after a gap as if nothing had been told that was not written down',
    file: 'listener/pipeline/succession.ts',
    find: 'if (this.#skipTo !== undefined) this',
    replace: 'if (this.#skipTo === 0) this',
    args: longer('kill'),
  },
  // Backfill.
  {
    name: 'what REST tells of a gap is not published',
    file: 'listener/pipeline/conversations.ts',
    find: "if (!isPublishing()) return 'unchanged';",
    replace: "if (carrier) return 'unchanged';",
    args: longer('reset', 'drop'),
  },
];
