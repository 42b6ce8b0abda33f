import type { Clock } from '../clock.ts';
import type { LeaseAccess } from './lease-access.ts';
import { nextMove } from './lease-contention.ts';
import type { LeaseSight } from './lease-sight.ts';
import type { LeaseRecord } from './lease-store.ts';

/** The term before a term. */
export interface TermBefore {
  /** Undefined when there was none. */
  readonly epoch: number | undefined;
  /** It was this listener's, too: nobody else has published since. */
  readonly isOwn: boolean;
}

export interface LeaseContenderOptions {
  readonly access: LeaseAccess;
  readonly sight: LeaseSight;
  readonly clock: Clock;
  readonly holderId: string;
  /** How long a term lasts from its last renewal on, in milliseconds. */
  readonly leaseMs: number;
  /** Whether a term could begin now. */
  ready(): boolean;
  /**
   * The lease is this listener's.
   * @param record as it stands in the store
   * @param sentAt monotonic time before it was written, in milliseconds
   * @returns false when the answer came too late: that term is over, and was never begun
   */
  begin(record: LeaseRecord, sentAt: number, before: TermBefore): boolean;
}

/** Clocks of two hosts may run at speeds that differ a little; this is far more than they do. */
const DRIFT = 1 / 50;

/** A listener that has no term looks at the lease, takes it when it may, and asks for it when it is offered. */
export class LeaseContender {
  readonly #options: LeaseContenderOptions;
  /** By the record that was taken. */
  #before: TermBefore = { epoch: undefined, isOwn: false };
  /** Of the newest term that was begun. */
  #lastEpoch = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseContenderOptions) {
    this.#options = options;
  }

  /** Looks once, and does what follows from it. @returns how long to pause, in milliseconds; 0 when a term has begun */
  async contend(): Promise<number> {
    const { access, sight, holderId, leaseMs, ready } = this.#options;
    const pollMs = leaseMs / 6;
    const patienceMs = leaseMs * (1 + DRIFT);
    const looked = await access.read();
    if (!looked.ok) return pollMs;
    const { record } = looked;
    sight.see(record);
    if (record?.holder === holderId && this.#recognise(record)) return 0;
    const { everSeen, unchangedMs } = sight;
    const move = nextMove({ record, everSeen, holderId, unchangedMs, patienceMs });
    if (move === 'wait') return Math.max(Math.min(pollMs, patienceMs - unchangedMs), 1);
    if (!ready()) return pollMs;
    if (move === 'take' && (await this.#take(record))) return 0;
    if (move === 'claim' && record !== undefined) await this.#claim(record);
    return pollMs / 2;
  }

  /** @returns whether a term has begun */
  async #take(from: LeaseRecord | undefined): Promise<boolean> {
    const { access, sight, clock, holderId } = this.#options;
    const epoch = Math.max((from?.epoch ?? 0) + 1, clock.now());
    const isOwn = from?.holder === holderId;
    // A take whose answer came too late has begun no term: what was before that still is.
    if (from === undefined || !isOwn || from.epoch <= this.#lastEpoch)
      this.#before = { epoch: from?.epoch, isOwn };
    const { outcome, record, sentAt } = await access.swap(from?.nonce, {
      holder: holderId,
      epoch,
      state: 'held',
    });
    if (outcome !== 'written') return false;
    sight.see(record);
    return this.#begin(record, sentAt);
  }

  async #claim(from: LeaseRecord): Promise<void> {
    const { access, sight, holderId } = this.#options;
    const { outcome, record } = await access.swap(from.nonce, {
      ...from,
      state: 'claimed',
      claimant: holderId,
    });
    if (outcome === 'written') sight.see(record, true);
  }

  /**
   * Whether this record is a take of this listener whose answer was lost, and the term still lasts. A renewal whose
   * answer was lost is none: its term was begun, and once told to be over it can't begin again under its epoch.
   */
  #recognise(record: LeaseRecord): boolean {
    const sentAt = this.#options.access.sentAt(record.nonce);
    if (sentAt === undefined || record.state !== 'held' || record.epoch <= this.#lastEpoch) return false;
    return this.#begin(record, sentAt);
  }

  #begin(record: LeaseRecord, sentAt: number): boolean {
    const hasBegun = this.#options.begin(record, sentAt, this.#before);
    if (hasBegun) this.#lastEpoch = record.epoch;
    return hasBegun;
  }
}
