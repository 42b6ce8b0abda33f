import type { Logger } from 'pino';
import type { Cancel, Clock } from '../clock.ts';
import type { Untold } from '../contract/tracker.ts';
import { describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Checkpoint, CheckpointStore, KeyPosition, OpenGap } from './checkpoint-store.ts';
import { Checkpointer } from './checkpointer.ts';
import type { GapFacts, GapReason } from './gaps/gap.ts';
import { GapCloser } from './gaps/gap-closer.ts';
import type { GapWork } from './gaps/gap-work.ts';
import { Lease } from './lease.ts';
import type { LeaseStore } from './lease-store.ts';

/** Clocks of two hosts differ, and what was just sent when a socket broke may not have arrived. Milliseconds. */
const MARGIN_MS = 2_000;
/** How long a connection may be gone before it is told as a gap: a standby may step in. Milliseconds. */
const STEP_IN_MS = 3_000;
/** How long the bus may take over what was accepted, when another listener waits for the lease. Milliseconds. */
const SETTLE_MS = 5_000;

/** How long the socket may take over a sign of life, when another listener waits for the lease. Milliseconds. */
const SIGN_MS = 1_000;

/** What a listener does as long as it is the one that publishes. */
export interface TenureWork extends GapWork {
  /**
   * Begins to publish.
   * @param epoch of the term
   * @param untold what may have been told beyond the checkpoint that this listener can't know of
   */
  takeOver(epoch: number, checkpoint: Checkpoint | undefined, untold: Untold): void;
  /** Publishes again, in a new term, where the last one was this listener's, too: nothing has to be found out. */
  goOn(epoch: number): void;
  /** Publishes nothing that comes from now on. */
  standDown(): void;
  /** What was accepted in a term that is lost says from now on nothing of how far publishing has come. */
  disown(): void;
  /** Waits for what was accepted to be on the bus or parked. @returns whether it is */
  settle(deadlineMs: number): Promise<boolean>;
  /** Parks what was accepted and is not on the bus. */
  abandon(code: string, message: string): void;
  /** The oldest receipt of what is neither on the bus nor parked, milliseconds since the Unix epoch. */
  readonly oldestUnsettled: number | undefined;
  /** From when on all that came is kept or was published, milliseconds since the Unix epoch; undefined: all ever was. */
  readonly keptSince: number | undefined;
  /** Whether what was sent may have waited, and still wait, to be read. */
  readonly isBehind: boolean;
  /** From when on nothing has waited so, milliseconds since the Unix epoch; undefined: nothing ever has. */
  readonly promptSince: number | undefined;
  /** When something last came off the socket, milliseconds since the Unix epoch. */
  readonly lastSignAt: number | undefined;
  /** Asks for such a sign. @returns whether it came within `ms` milliseconds */
  showsLife(ms: number): Promise<boolean>;
}

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

const NOTHING: Cancel = () => undefined;

/** A connection that is gone, before it is told as a gap. */
interface Outage {
  readonly from: number;
  readonly reason: GapReason;
  readonly cancel: Cancel;
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
  #stage: Stage = { name: 'standby' };
  /** `offering`: whatever term this listener has or gets is for others. `gone`: it begins none any more. */
  #leaving: 'not' | 'offering' | 'gone' = 'not';
  #liveSince: number | undefined;
  #outage: Outage | undefined;
  /** Set while what a lost term left is still held back. */
  #cancelAbandoning: Cancel = NOTHING;
  /** What was received before was parked when a term was lost, if it was not published. Milliseconds since the Unix epoch. */
  #abandonedUntil = Number.NEGATIVE_INFINITY;
  #lostAt = Number.NEGATIVE_INFINITY;

  constructor(options: TenureOptions) {
    this.#options = options;
    const { work, leases, checkpoints, clock, logger, metrics, holderId, leaseMs } = options;
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
        this.#liveSince !== undefined && (this.#mayGoOn || (!work.isBehind && this.#leaving !== 'gone')),
      listener: {
        acquired: (epoch, isOwn) => this.#acquired(epoch, isOwn),
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
    const bounds = [work.oldestUnsettled, work.lastSignAt, this.#outage?.from, gapsFrom];
    return Math.min(clock.now(), ...bounds.filter((bound) => bound !== undefined));
  }

  get #gaps(): GapCloser | undefined {
    return this.#stage.name === 'standby' ? undefined : this.#stage.gaps;
  }

  /** Whether what the last term left is held back for the next one. */
  get #mayGoOn(): boolean {
    return this.#cancelAbandoning !== NOTHING;
  }

  start(): void {
    this.#lease.start();
  }

  /** An event is on the bus or parked. */
  settled(position: KeyPosition): void {
    this.#checkpointer.settled(position);
  }

  /** The socket is live. */
  live(): void {
    const now = this.#options.clock.now();
    this.#liveSince = now;
    if (this.#leaving === 'not') this.#lease.withdrawOffer();
    this.#lease.reconsider();
    this.#tellOutage();
    this.#gaps?.live(now);
  }

  /** The socket is gone, by no plan. */
  gone(reason: GapReason): void {
    const { work, clock } = this.#options;
    this.#liveSince = undefined;
    this.#gaps?.lost();
    this.#lease.offer();
    if (this.#outage !== undefined) return;
    const from = Math.min(work.lastSignAt ?? clock.now(), clock.now()) - MARGIN_MS;
    this.#outage = { from, reason, cancel: clock.after(STEP_IN_MS, () => this.#tellOutage()) };
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
    this.#cancelAbandoning();
    if (this.role === 'holder') await this.#checkpointer.end();
    this.#end();
    this.#dropOutage();
    await this.#lease.stop();
  }

  async #acquired(epoch: number, isOwn: boolean): Promise<void> {
    const { work } = this.#options;
    const checkpoint = await this.#load();
    // It may be over by now; or be claimed, and then the answer to that ends it.
    if (!this.#lease.held || this.#lease.state === 'claimed') return;
    // What the last term left goes on in this one, unless it was parked meanwhile or somebody else has published.
    const goesOn = isOwn && this.#mayGoOn;
    if (goesOn) this.#cancelAbandoning();
    else this.#abandon();
    let countFrom: number;
    try {
      countFrom = this.#takeOver(epoch, checkpoint, goesOn);
    } catch (error) {
      this.#letGo();
      work.abandon('TakeoverFailed', 'this listener could not go on where another one stopped');
      throw error;
    }
    if (this.#leaving === 'offering') this.#lease.offer();
    await this.#checkpointer.begin(epoch, checkpoint, countFrom);
  }

  /** @throws what the store does: without the checkpoint nobody knows what was published, so it is better to wait */
  async #load(): Promise<Checkpoint | undefined> {
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

  /** @returns from which version on the term counts what has no position */
  #takeOver(epoch: number, checkpoint: Checkpoint | undefined, goesOn: boolean): number {
    const { work, clock, logger, metrics, analyticsLagMs } = this.#options;
    const { keptSince = Number.NEGATIVE_INFINITY, promptSince = Number.NEGATIVE_INFINITY } = work;
    // Of what waited to be read it can't be told whether another one published it; in this listener's own last term, none did.
    const unsure = goesOn ? [] : [promptSince, this.#abandonedUntil];
    const gaps = new GapCloser({ work, clock, logger, metrics, analyticsLagMs });
    this.#stage = { name: 'publishing', gaps };
    const isLive = this.#liveSince !== undefined;
    const completeSince = Math.max(this.#liveSince ?? clock.now(), keptSince, ...unsure);
    const left = checkpoint && inheritanceOf(checkpoint, completeSince);
    const known = { beyond: 0, above: checkpoint?.countFrom ?? 0 };
    const isUncertain = !goesOn && left?.isCertain === false;
    const untold = isUncertain ? untoldSince(left.from, clock.now(), known) : known;
    if (goesOn) work.goOn(epoch);
    else work.takeOver(epoch, checkpoint, untold);
    if (left) {
      gaps.inherit(left.gaps, completeSince);
      if (left.isOwn) gaps.opened({ from: left.from, reason: 'takeover' });
    }
    if (isLive) gaps.live(completeSince);
    else this.#tellOutage();
    return untold.above;
  }

  async #claimed(): Promise<void> {
    const { work } = this.#options;
    await this.#overlap();
    if (!this.#lease.held) return;
    work.standDown();
    if (this.#stage.name === 'publishing') this.#stage = { name: 'leaving', gaps: this.#stage.gaps };
    this.#gaps?.stop();
    if (!(await work.settle(SETTLE_MS)))
      work.abandon('LeaseHandedOver', 'another listener publishes it by now');
    await this.#checkpointer.end();
    this.#end();
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
    const { clock, leaseMs } = this.#options;
    this.#letGo();
    this.#lostAt = clock.now();
    // It may be this listener's again in a moment. Until then the fence holds everything back.
    const cancel = clock.after(2 * leaseMs, () => this.#abandon());
    this.#cancelAbandoning = () => {
      cancel();
      this.#cancelAbandoning = NOTHING;
    };
  }

  /** Ends the term at once. */
  #letGo(): void {
    this.#options.work.standDown();
    void this.#checkpointer.end({ flush: false });
    this.#end();
  }

  /** What was accepted in a term that is over can't be published here; whoever has begun another one has it, too. */
  #abandon(): void {
    if (!this.#mayGoOn) return;
    this.#cancelAbandoning();
    this.#abandonedUntil = this.#lostAt;
    this.#options.work.disown();
    this.#options.work.abandon('LeaseLost', 'another listener may publish it by now');
  }

  #end(): void {
    this.#gaps?.stop();
    this.#stage = { name: 'standby' };
    // One that lasts is told if the lease comes back meanwhile; else it is no matter of this listener.
    if (this.#liveSince !== undefined) this.#dropOutage();
  }

  /** Makes a gap of it. When another listener publishes, or is about to, it is none. */
  #tellOutage(): void {
    const outage = this.#outage;
    if (this.#stage.name === 'leaving') return;
    if (this.#stage.name === 'standby' && this.#liveSince === undefined) return;
    this.#dropOutage();
    if (outage === undefined || this.#stage.name === 'standby') return;
    this.#stage.gaps.opened(outage);
    void this.#checkpointer.flush();
  }

  #dropOutage(): void {
    this.#outage?.cancel();
    this.#outage = undefined;
  }
}

/** What a predecessor has left. */
interface Inheritance {
  readonly gaps: readonly OpenGap[];
  /** Since when this listener can't be sure what was received, milliseconds since the Unix epoch. */
  readonly from: number;
  /** Whether that is a gap that nobody has told of. */
  readonly isOwn: boolean;
  /** Whether this listener knows of every event that its predecessor can have published. */
  readonly isCertain: boolean;
}

/** @param completeSince when this listener began to have all that came, milliseconds since the Unix epoch */
function inheritanceOf({ lowWatermark, gaps = [] }: Checkpoint, completeSince: number): Inheritance {
  const from = lowWatermark - MARGIN_MS;
  // One that has ended tells nothing of what came after: the predecessor may have died since.
  const isCovered = gaps.some(
    ({ from: gapFrom, until }) => gapFrom <= lowWatermark && (until === undefined || until >= completeSince),
  );
  const isOwn = completeSince > from && !isCovered;
  // Whoever closes a gap publishes what nobody has received.
  return { gaps, from, isOwn, isCertain: completeSince <= from && gaps.length === 0 };
}

/** No conversation has more than a notification in so many milliseconds. */
const LEAST_BETWEEN_MS = 10;
/** Nor, over the seconds that a takeover takes, more than one in so many. Milliseconds. */
const MEAN_BETWEEN_MS = 100;
/** Versions that go by the time of day count from here, to be small numbers. Milliseconds since the Unix epoch. */
const VERSIONS_SINCE = Date.UTC(2026, 0);

/** What can have been told since then: by the number of versions, and by the time of day where none is known. */
function untoldSince(from: number, now: number, { above }: Untold): Untold {
  return {
    beyond: Math.ceil(Math.max(now - from, MARGIN_MS) / LEAST_BETWEEN_MS),
    above: Math.max(Math.ceil((now - VERSIONS_SINCE) / MEAN_BETWEEN_MS), above),
  };
}
