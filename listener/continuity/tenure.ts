import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { unreachedVersion } from '../contract/first-version.ts';
import { describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { AddedTopics } from './added-topics.ts';
import type { CheckpointStore, FoundCheckpoint, KeyPosition } from './checkpoint-store.ts';
import { Checkpointer } from './checkpointer.ts';
import type { GapFacts, GapReason } from './gaps/gap.ts';
import { GapCloser } from './gaps/gap-closer.ts';
import { inheritanceOf } from './inheritance.ts';
import { Lease } from './lease.ts';
import type { TermBefore } from './lease-contender.ts';
import type { LeaseStore } from './lease-store.ts';
import { MARGIN_MS, Outage } from './outage.ts';
import { Remainder } from './remainder.ts';
import type { TenureWork } from './tenure-work.ts';

/** How long the bus may take over what was accepted, when another listener waits for the lease. Milliseconds. */
const SETTLE_MS = 5_000;
/** How long parking what is not published by then is waited for. Milliseconds. */
const PARKING_MS = 2_000;

/** How long the socket may take over a sign of life, when another listener waits for the lease. Milliseconds. */
const SIGN_MS = 1_000;

export interface TenureOptions {
  readonly work: TenureWork;
  readonly leases: LeaseStore;
  readonly checkpoints: CheckpointStore;
  readonly holderId: string;
  readonly leaseMs: number;
  readonly analyticsLagMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * `standby`: another listener publishes, or nobody does. `publishing`: this one does. `leaving`: the lease was claimed,
 * and what was accepted is being settled; gaps and outages are the successor's by now.
 */
type Stage =
  | { readonly name: 'standby' }
  | { readonly name: 'publishing' | 'leaving'; readonly gaps: GapCloser };

/**
 * One listener's part in its shard: it waits until the lease is its own, goes on where its predecessor stopped,
 * writes down how far it has come, closes the gaps of its term, and makes room when it can't receive or has to go.
 */
export class Tenure {
  readonly #options: TenureOptions;
  readonly #lease: Lease;
  readonly #checkpointer: Checkpointer;
  readonly #outage: Outage;
  readonly #remainder: Remainder;
  readonly #addedTopics: AddedTopics;
  #stage: Stage = { name: 'standby' };
  /** `offering`: whatever term this listener has or gets is for others. `gone`: it begins none any more. */
  #leaving: 'not' | 'offering' | 'gone' = 'not';
  #liveSince: number | undefined;

  constructor(options: TenureOptions) {
    this.#options = options;
    const { work, leases, checkpoints, clock, logger, metrics, holderId, leaseMs } = options;
    this.#outage = new Outage(clock, () => this.#tellOutage());
    this.#remainder = new Remainder(work, clock);
    // While another listener publishes, it has them, or will.
    this.#addedTopics = new AddedTopics(
      clock,
      (from) => this.role === 'standby' || this.#tellMissed(from, 'topics-added'),
    );
    this.#checkpointer = new Checkpointer({
      store: checkpoints,
      clock,
      logger,
      metrics,
      lowWatermark: () => this.lowWatermark,
      gaps: () => this.#gaps?.inheritance ?? [],
    });
    this.#lease = new Lease({
      store: leases,
      clock,
      holderId,
      leaseMs,
      logger,
      metrics,
      willing: () =>
        this.#liveSince !== undefined &&
        (this.#remainder.isHeldBack || (!work.isBehind && this.#leaving !== 'gone')),
      listener: {
        acquired: (epoch, before) => this.#acquired(epoch, before),
        lost: () => this.#lost(),
        claimed: () => this.#claimed(),
      },
    });
  }

  /** Whether this listener may publish at this very moment. */
  get held(): boolean {
    return this.#lease.held;
  }

  get role(): 'holder' | 'standby' {
    return this.#stage.name === 'standby' ? 'standby' : 'holder';
  }

  /** Gaps that are not closed. */
  get openGaps(): readonly GapFacts[] {
    return this.#gaps?.open ?? [];
  }

  /** Everything received before is on the bus or parked, or in no gap that is open. Milliseconds since the Unix epoch. */
  get lowWatermark(): number {
    const { work, clock } = this.#options;
    const gapsFrom = this.#gaps?.oldestOpenFrom;
    const bounds = [work.oldestUnsettled, work.lastSignAt, this.#outage.from, gapsFrom];
    return Math.min(clock.now(), ...bounds.filter((bound) => bound !== undefined));
  }

  get #gaps(): GapCloser | undefined {
    return this.#stage.name === 'standby' ? undefined : this.#stage.gaps;
  }

  start(): void {
    this.#lease.start();
  }

  /** An event is on the bus or parked. */
  settled(position: KeyPosition): void {
    this.#checkpointer.settled(position);
  }

  /**
   * Events were lost that had been received, and flow again: what they told has to be asked for.
   * @param from milliseconds since the Unix epoch
   * @returns false where that can't be done now
   */
  missed(from: number): boolean {
    return this.#tellMissed(from, 'events-lost');
  }

  /**
   * Topics are subscribed to that were not before: what they tell of has to be asked for.
   * @param since when they were not there yet, milliseconds since the Unix epoch
   */
  topicsAdded(since: number): void {
    this.#addedTopics.add(since);
  }

  /** The socket is live. */
  live(): void {
    const now = this.#options.clock.now();
    this.#liveSince = now;
    if (this.#leaving === 'not') this.#lease.withdrawOffer();
    this.#lease.reconsider();
    this.#tellOutage();
    if (this.#gaps) this.#ask(this.#gaps, now);
    this.#addedTopics.tellMissed();
  }

  /** The socket is gone, by no plan. */
  gone(reason: GapReason): void {
    this.#liveSince = undefined;
    this.#gaps?.lost();
    this.#lease.offer();
    this.#outage.begin(this.#options.work.lastSignAt, reason);
  }

  /**
   * Waits for another listener to take the lease. A standby waits for a sign of life of the one that has it: where that one has
   * just died it steps in once more, until the next one is there. No term begins after this.
   * @returns whether another one is there, within `ms` milliseconds
   */
  async handOver(ms: number): Promise<boolean> {
    this.#leaving = 'offering';
    this.#lease.offer();
    const canStepIn = this.role === 'holder' || this.#liveSince !== undefined;
    const taken = ms > 0 && canStepIn && (await this.#lease.taken(ms));
    this.#leaving = 'gone';
    return taken;
  }

  /** Writes the last checkpoint and gives the lease back. To be called when nothing is pending any more. */
  async stop(): Promise<void> {
    this.#liveSince = undefined;
    this.#remainder.release();
    if (this.role === 'holder') await this.#checkpointer.end();
    this.#end();
    this.#outage.drop();
    await this.#lease.stop();
  }

  async #acquired(epoch: number, before: TermBefore): Promise<void> {
    const { work } = this.#options;
    // Nothing of it may be published as the lease is held again.
    if (!before.isOwn) this.#remainder.abandon();
    const found = await this.#load();
    // It may be over by now; or be claimed, and then the answer to that ends it.
    if (!this.#lease.held || this.#lease.state === 'claimed') return;
    // The last term goes on in this one, unless what it left was parked or somebody else has published.
    const goesOn = this.#remainder.canGoOn;
    this.#remainder.release();
    const checkpoint = goesOn ? this.#checkpointer.completed(found) : found;
    let countFrom: number;
    try {
      countFrom = this.#takeOver(epoch, checkpoint, { before, goesOn });
    } catch (error) {
      this.#letGo();
      work.abandon('TakeoverFailed', 'this listener could not go on where another one stopped');
      throw error;
    }
    if (this.#leaving === 'offering' || this.#liveSince === undefined) this.#lease.offer();
    await this.#checkpointer.begin(epoch, checkpoint, countFrom);
  }

  /** @throws what the store does: without the checkpoint nobody knows what was published, so it is better to wait */
  async #load(): Promise<FoundCheckpoint | undefined> {
    const { checkpoints, logger, metrics } = this.#options;
    try {
      return await checkpoints.load();
    } catch (error) {
      metrics.count('CheckpointFailures');
      logger.error(
        { cause: describeError(error) },
        'the checkpoint cannot be read, so nothing is taken over',
      );
      throw error;
    }
  }

  /** @returns from which version on the term counts */
  #takeOver(
    epoch: number,
    checkpoint: FoundCheckpoint | undefined,
    { before, goesOn }: { readonly before: TermBefore; readonly goesOn: boolean },
  ): number {
    const { work, clock, logger, metrics, analyticsLagMs } = this.#options;
    const { keptSince = Number.NEGATIVE_INFINITY, promptSince = Number.NEGATIVE_INFINITY } = work;
    // Of what waited to be read it can't be told whether another one published it; in this listener's own last term, none did.
    const unsure = goesOn ? [] : [promptSince, this.#remainder.abandonedUntil, this.#addedTopics.addedAt];
    const gaps = new GapCloser({ work, clock, logger, metrics, analyticsLagMs });
    this.#stage = { name: 'publishing', gaps };
    const isLive = this.#liveSince !== undefined;
    const completeSince = Math.max(this.#liveSince ?? clock.now(), keptSince, ...unsure);
    const heir = { epochBefore: before.epoch, completeSince, goesOn, now: clock.now() };
    const left = checkpoint && inheritanceOf(checkpoint, heir);
    const countFrom = checkpoint?.countFrom ?? 0;
    const isUncertain = !goesOn && left?.isCertain === false;
    const skipTo = isUncertain ? Math.max(unreachedVersion(clock.now()), countFrom) : undefined;
    if (goesOn) work.goOn(epoch);
    else work.takeOver(epoch, checkpoint, { completeSince, skipTo });
    if (left) {
      gaps.inherit(left.gaps, clock.now());
      if (left.own) gaps.opened({ from: left.own.from, reason: 'takeover' });
    }
    if (isLive) this.#ask(gaps, left?.own?.until ?? completeSince);
    else this.#tellOutage();
    return skipTo ?? countFrom;
  }

  /**
   * Has what may have changed be asked for, once everything received before is accepted: that is older than an answer, and would
   * pass for news.
   */
  #ask(gaps: GapCloser, until: number): void {
    const caughtUp = this.#options.work.caughtUp();
    if (caughtUp === undefined) {
      gaps.live(until);
      return;
    }
    const liveSince = this.#liveSince;
    void caughtUp.then(() => {
      if (this.#gaps === gaps && this.#stage.name === 'publishing' && this.#liveSince === liveSince)
        this.#ask(gaps, until);
    });
  }

  async #claimed(): Promise<void> {
    const { work } = this.#options;
    await this.#overlap();
    if (!this.#lease.held) return;
    work.standDown();
    if (this.#stage.name === 'publishing') this.#stage = { name: 'leaving', gaps: this.#stage.gaps };
    this.#gaps?.stop();
    if (!(await work.settle(SETTLE_MS))) {
      work.abandon('LeaseHandedOver', 'another listener publishes it by now');
      // What is parked is the pipe's, or the operator's: the successor had better know how far that goes.
      await work.settle(PARKING_MS);
    }
    await this.#checkpointer.end();
    this.#end();
    // Where the lease ran out meanwhile, that was a lost term.
    if (this.#lease.held) this.#remainder.nothingLeft();
    await this.#lease.release();
  }

  /**
   * Receives and publishes on until it is certain that nothing is missing between this listener and the claimant, which may
   * have been live for a moment only: what is not proved to have been heard by the one or the other is a gap.
   */
  async #overlap(): Promise<void> {
    const { work, clock } = this.#options;
    if (this.#liveSince === undefined) return;
    await clock.sleep(MARGIN_MS);
    if (this.#lease.held) await work.showsLife(SIGN_MS);
  }

  #lost(): void {
    // A term that ends before its checkpoint is read leaves nothing to go on with.
    const hasBegun = this.role === 'holder';
    this.#letGo();
    if (hasBegun || this.#remainder.isHeldBack) this.#remainder.holdBack(2 * this.#options.leaseMs);
  }

  /** @returns false where what was missed can't be asked for now */
  #tellMissed(from: number, reason: GapReason): boolean {
    if (this.#stage.name !== 'publishing' || this.#liveSince === undefined) return false;
    const { gaps } = this.#stage;
    gaps.opened({ from: from - MARGIN_MS, reason });
    void this.#checkpointer.flush();
    this.#ask(gaps, this.#options.clock.now());
    return true;
  }

  /** Ends the term at once. */
  #letGo(): void {
    this.#options.work.standDown();
    void this.#checkpointer.end({ flush: false });
    this.#end();
  }

  #end(): void {
    this.#gaps?.stop();
    this.#stage = { name: 'standby' };
    // One that lasts is told if the lease comes back meanwhile; else it is no matter of this listener.
    if (this.#liveSince !== undefined) this.#outage.drop();
  }

  /** Makes a gap of it. When another listener publishes, or is about to, it is none. */
  #tellOutage(): void {
    if (this.#stage.name === 'leaving') return;
    if (this.#stage.name === 'standby' && this.#liveSince === undefined) return;
    const outage = this.#outage.drop();
    if (outage === undefined || this.#stage.name === 'standby') return;
    this.#stage.gaps.opened(outage);
    void this.#checkpointer.flush();
  }
}
