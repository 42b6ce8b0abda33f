import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { LeaseAccess } from './lease-access.ts';
import { LeaseContender, type TermBefore } from './lease-contender.ts';
import { assertSuccessor, isHolding, type LeasePhase } from './lease-phase.ts';
import { LeaseSight } from './lease-sight.ts';
import type { LeaseRecord, LeaseState, LeaseStore } from './lease-store.ts';
import { LeaseTerm } from './lease-term.ts';
import { WakeableLoop } from './wakeable-loop.ts';

/** What a lease tells its owner. */
export interface LeaseListener {
  /**
   * A new term has begun. The lease is renewed meanwhile; when it rejects, the lease is given back.
   */
  acquired(epoch: number, before: TermBefore): Promise<void>;
  /** The term is over without having been released: nothing may be published any more. */
  lost(): void;
  /** Another listener is waiting for the lease: drain, write the checkpoint, `release`. Renewed meanwhile. */
  claimed(): Promise<void>;
}

export interface LeaseOptions {
  readonly store: LeaseStore;
  readonly clock: Clock;
  /** Names this run of the listener, and no other one, ever. */
  readonly holderId: string;
  /** How long a term lasts from its last renewal on, in milliseconds. */
  readonly leaseMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Whether this listener could publish now: live on its socket. */
  willing(): boolean;
  readonly listener: LeaseListener;
}

/**
 * Whoever holds the lease of a shard publishes, and nobody else.
 *
 * The holder counts its term from before the renewal was sent, a contender from when it first saw that renewal; so
 * the one has stopped before the other begins, whatever their clocks say, without either ever comparing them.
 * All calls to the store are made one after another by a single loop; an order from outside only wakes it.
 * What is already on its way to the bus when a term ends can't be called back: a successor publishes it under the
 * same event id.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #access: LeaseAccess;
  readonly #sight: LeaseSight;
  readonly #contender: LeaseContender;
  readonly #loop: WakeableLoop;
  readonly #awaitingRelease: (() => void)[] = [];
  #phase: LeasePhase = 'idle';
  #term: LeaseTerm | undefined;
  #callbacks = 0;
  #stopping = false;
  #ended: Promise<void> | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    const { store, clock, holderId, leaseMs, logger, metrics } = options;
    const access = new LeaseAccess({ store, clock, deadlineMs: leaseMs / 3, logger, metrics });
    const mayHaveWritten = (nonce: string) => access.sentAt(nonce) !== undefined;
    const sight = new LeaseSight({ clock, holderId, mayHaveWritten });
    this.#access = access;
    this.#sight = sight;
    this.#contender = new LeaseContender({
      access,
      sight,
      clock,
      holderId,
      leaseMs,
      // Two terms of one listener would be told to it at the same time.
      ready: () => this.#callbacks === 0 && !this.#stopping && options.willing(),
      begin: (record, sentAt, before) => this.#begin(record, sentAt, before),
    });
    this.#loop = new WakeableLoop(clock, () => this.#move());
  }

  /** Begins to contend. */
  start(): void {
    if (this.#phase !== 'idle') return;
    this.#enter('contending');
    this.#ended = this.#loop.run();
  }

  get state(): LeasePhase {
    return this.#phase;
  }

  /** Whether this listener may publish now. By the clock, so false at once when the process was stalled too long. */
  get held(): boolean {
    return isHolding(this.#phase) && (this.#term?.isValid ?? false);
  }

  /** The term; undefined while this listener has none. */
  get epoch(): number | undefined {
    return isHolding(this.#phase) ? this.#term?.epoch : undefined;
  }

  /** Looks at the lease at once, e.g. because the listener has become willing. */
  reconsider(): void {
    this.#loop.wake();
  }

  /** Says that another listener had better take the lease. Without effect unless it is held. */
  offer(): void {
    if (this.#phase !== 'held') return;
    this.#enter('offered');
    this.#loop.wake();
  }

  /** Takes the offer back, unless the lease has been claimed by now. */
  withdrawOffer(): void {
    if (this.#phase !== 'offered') return;
    this.#enter('held');
    this.#loop.wake();
  }

  /**
   * Lets go of the lease: `held` is false from now on. Resolves when the store says so, or when the term has run
   * out because the store could not be written. For a lease's time it is left to others, then contended for again.
   */
  async release(): Promise<void> {
    if (isHolding(this.#phase)) this.#enter('releasing');
    if (this.#phase !== 'releasing') return;
    this.#loop.wake();
    await new Promise<void>((resolve) => this.#awaitingRelease.push(resolve));
  }

  /** Lets go of the lease, if it is held, and contends no more. Waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#phase === 'idle') this.#enter('stopped');
    await this.release();
    this.#loop.wake();
    await this.#ended;
  }

  /**
   * Resolves with true once another listener that holds the lease has given a sign of life, with false after `ms` milliseconds.
   * After `stop` nobody looks any more, so wait before that.
   */
  taken(ms: number): Promise<boolean> {
    return this.#sight.anothers(this.#phase === 'stopped' ? 0 : ms);
  }

  async #move(): Promise<number | 'end'> {
    const term = this.#term;
    if (term !== undefined && !term.isValid) this.#runOut(term);
    else if (term !== undefined) return this.#keep(term);
    else if (this.#stopping) this.#enter('stopped');
    else return this.#contender.contend();
    return this.#phase === 'stopped' ? 'end' : 0;
  }

  /** @returns false when the answer came too late: the next look finds an earlier term of its own */
  #begin({ epoch, nonce }: LeaseRecord, sentAt: number, before: TermBefore): boolean {
    const { clock, logger, metrics, leaseMs, listener } = this.#options;
    const onRunOut = () => this.#runOut(term);
    const term = new LeaseTerm({ epoch, nonce, sentAt, leaseMs, clock, onRunOut });
    if (!term.isValid) {
      term.end();
      return false;
    }
    this.#term = term;
    if (this.#stopping) {
      this.#enter('releasing');
      return true;
    }
    this.#enter('held');
    metrics.count('LeaseTakeovers');
    logger.info({ epoch }, 'took the lease of the shard');
    void this.#tell(term, listener.acquired(epoch, before));
    return true;
  }

  /** Renews the term, or writes that it is over. */
  async #keep(term: LeaseTerm): Promise<number> {
    const { clock, leaseMs } = this.#options;
    const state: LeaseState = isHolding(this.#phase) ? this.#phase : 'released';
    const { outcome, record, sentAt } = await this.#access.swap(term.nonce, this.#recordOf(term, state));
    if (term !== this.#term) return 0;
    if (outcome !== 'written') return this.#lookAgain(term);
    this.#sight.see(record);
    if (state === 'released') this.#end('released');
    else if (!term.renewed(record.nonce, sentAt)) this.#runOut(term);
    // An offer is looked after as often as others look for one.
    return sentAt + (state === 'offered' ? leaseMs / 6 : leaseMs / 3) - clock.monotonic();
  }

  #recordOf({ epoch, claimant }: LeaseTerm, state: LeaseState): Omit<LeaseRecord, 'nonce'> {
    const holder = this.#options.holderId;
    return { holder, epoch, state, ...(claimant === undefined ? {} : { claimant }) };
  }

  /** After a write that was refused or whose answer was lost: what stands there? */
  async #lookAgain(term: LeaseTerm): Promise<number> {
    const { holderId, leaseMs } = this.#options;
    const retryMs = leaseMs / 12;
    const looked = await this.#access.read();
    if (term !== this.#term || !looked.ok) return retryMs;
    const { record } = looked;
    this.#sight.see(record);
    if (record === undefined) this.#lose('the record of the lease is gone');
    else if (record.holder !== holderId || record.epoch !== term.epoch) this.#lose('another listener has it');
    else if (record.state === 'released') this.#end('released');
    else return this.#adopt(term, record);
    return 0;
  }

  /** Goes on from a record of this term. @returns how long to pause, in milliseconds */
  #adopt(term: LeaseTerm, record: LeaseRecord): number {
    const isNews = record.nonce !== term.nonce;
    const sentAt = this.#access.sentAt(record.nonce);
    // What a claimant wrote prolongs nothing.
    if (sentAt === undefined) term.nonce = record.nonce;
    else if (!term.renewed(record.nonce, sentAt)) this.#runOut(term);
    if (term === this.#term && record.state === 'claimed') this.#noticeClaim(term, record.claimant);
    const retryMs = this.#options.leaseMs / 12;
    return isNews && sentAt === undefined ? 0 : retryMs;
  }

  #noticeClaim(term: LeaseTerm, claimant: string | undefined): void {
    const { logger, listener } = this.#options;
    term.claimant = claimant;
    if (this.#phase !== 'held' && this.#phase !== 'offered') return;
    this.#enter('claimed');
    logger.info({ epoch: term.epoch, claimant }, 'another listener has claimed the lease');
    void this.#tell(term, listener.claimed());
  }

  #runOut(term: LeaseTerm): void {
    if (term !== this.#term) return;
    if (isHolding(this.#phase)) this.#lose('it was not renewed in time');
    else {
      this.#options.logger.warn({ epoch: term.epoch }, 'the lease has run out before it could be released');
      this.#end('run out');
    }
  }

  #lose(reason: string): void {
    const { logger, metrics, listener } = this.#options;
    const wasHolding = isHolding(this.#phase);
    const epoch = this.#term?.epoch;
    this.#end(reason);
    if (!wasHolding) return;
    metrics.count('LeasesLost');
    logger.error(
      { epoch, reason },
      'lost the lease of the shard; this listener publishes nothing without it',
    );
    listener.lost();
  }

  #end(reason: string): void {
    this.#options.logger.debug({ epoch: this.#term?.epoch, reason }, 'a term of the lease is over');
    this.#term?.end();
    this.#term = undefined;
    this.#enter('contending');
    for (const resolve of this.#awaitingRelease.splice(0)) resolve();
    this.#loop.wake();
  }

  async #tell(term: LeaseTerm, callback: Promise<void>): Promise<void> {
    const { logger, metrics } = this.#options;
    this.#callbacks++;
    try {
      await callback;
    } catch (error) {
      const details = { cause: describeError(error), epoch: term.epoch };
      logger.error(details, 'a change of the lease could not be followed; it is given back');
      metrics.count('LeasesLost');
      if (term === this.#term) await this.release();
    } finally {
      this.#callbacks--;
      this.#loop.wake();
    }
  }

  #enter(phase: LeasePhase): void {
    assertSuccessor(this.#phase, phase);
    this.#phase = phase;
    this.#options.metrics.gauge('LeaseHeld', isHolding(phase) ? 1 : 0);
    if (phase === 'stopped') this.#sight.tellAll();
  }
}
