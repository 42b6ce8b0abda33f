import { randomUUID } from 'node:crypto';
import { type Backoff, backoffDelay } from '../../backoff.ts';
import { describeError } from '../../errors.ts';
import type { OpenGap } from '../checkpoint-store.ts';
import type { EndedGap, Gap, GapFacts, GapReason } from './gap.ts';
import { Inquiry, type InquiryOptions, type MissingPermission, type Round } from './inquiry.ts';
import { Tally } from './tally.ts';

export interface GapCloserOptions extends Omit<InquiryOptions, 'tally'> {
  readonly backoff?: Backoff;
}

/**
 * `idle`: nothing to do, or not live. `closing`: live, and gaps are being closed. `stopped`: for good.
 */
type State =
  | { readonly name: 'idle' }
  | { readonly name: 'closing'; readonly end: AbortController }
  | { readonly name: 'stopped' };

interface ClosedGap {
  readonly gap: Gap;
  /** Milliseconds since the Unix epoch. */
  readonly closedAt: number;
  /** Whether the event that tells so is on the bus or parked. */
  isTold: boolean;
}

/** How long the socket may take over a sign of life before a gap is closed, milliseconds. */
const SIGN_MS = 1_000;
const DEFAULT_BACKOFF: Backoff = { baseMs: 1_000, capMs: 60_000 };

/**
 * Closes gaps: asks for the present state of every conversation that may have changed while nobody listened, and has
 * published what differs. A gap that can't be closed stays open and is seen in health and metrics.
 */
export class GapCloser {
  readonly #options: GapCloserOptions & { readonly backoff: Backoff };
  readonly #tally = new Tally();
  /** Gaps of which the end is not known: at most one, the newest. */
  #opening: Gap | undefined;
  #ended: EndedGap[] = [];
  /** Gaps that are closed, of which not all that was published for it is known to be on the bus or parked. */
  #closed: ClosedGap[] = [];
  #state: State = { name: 'idle' };
  #missing: MissingPermission | undefined;

  constructor(options: GapCloserOptions) {
    this.#options = { backoff: DEFAULT_BACKOFF, ...options };
  }

  /**
   * The connection is gone: a gap begins, unless one has begun and not ended.
   * @param from what was received before is safe, milliseconds since the Unix epoch
   */
  opened({ from, reason }: { readonly from: number; readonly reason: GapReason }): Gap {
    if (this.#opening !== undefined) return this.#opening;
    this.lost();
    const { work, metrics, logger } = this.#options;
    const gap: Gap = { id: randomUUID(), from, until: undefined, reason };
    const openConversations = work.openConversations().length;
    this.#opening = gap;
    metrics.count('GapsDetected');
    this.#show();
    logger.warn({ gap: gap.id, from: iso(from), reason, openConversations }, 'a gap has begun');
    work.announce({ kind: 'detected', gap: { id: gap.id, from, reason, openConversations } });
    return gap;
  }

  /**
   * Takes up gaps that a predecessor left open. They are told again, under the same event ids, since the
   * predecessor may not have got so far.
   * @param until when those end of which nothing is known, milliseconds since the Unix epoch
   */
  inherit(gaps: readonly OpenGap[], until: number): void {
    const { work, clock, logger } = this.#options;
    const openConversations = work.openConversations().length;
    for (const { id, from, reason, until: known } of gaps) {
      // Clocks differ.
      const ended = known ?? Math.max(until, from);
      this.#ended.push({ id, from, reason, until: ended, liveAt: clock.monotonic() });
      logger.warn({ gap: id, from: iso(from), reason }, 'a gap was left open by a predecessor');
      work.announce({ kind: 'detected', gap: { id, from, reason, openConversations } });
    }
    this.#show();
  }

  /**
   * Live again: the gap has ended, and closing starts.
   * @param until milliseconds since the Unix epoch
   */
  live(until: number): void {
    if (this.#state.name === 'stopped') return;
    if (this.#opening !== undefined) {
      this.#ended.push({ ...this.#opening, until, liveAt: this.#options.clock.monotonic() });
      this.#opening = undefined;
    }
    if (this.#state.name === 'closing' || this.#ended.length === 0) return;
    const end = new AbortController();
    this.#state = { name: 'closing', end };
    const inquiry = new Inquiry({ ...this.#options, tally: this.#tally }, end.signal);
    void this.#close(inquiry, end.signal);
  }

  /** The connection is gone again: closing pauses until `live`. */
  lost(): void {
    if (this.#state.name !== 'closing') return;
    this.#state.end.abort();
    this.#state = { name: 'idle' };
  }

  /** Where the oldest open gap begins, milliseconds since the Unix epoch. What was received since is not safe. */
  get oldestOpenFrom(): number | undefined {
    const gaps = this.#gaps();
    return gaps.length === 0 ? undefined : Math.min(...gaps.map(({ from }) => from));
  }

  /** What a successor has to know of: gaps that are open, and those whose closing would be lost if this listener died now. */
  get inheritance(): readonly OpenGap[] {
    const { oldestUnsettled = Number.POSITIVE_INFINITY } = this.#options.work;
    this.#closed = this.#closed.filter(({ isTold, closedAt }) => !isTold || oldestUnsettled <= closedAt);
    return [...this.#closed.map(({ gap }) => gap), ...this.#gaps()].map(({ id, from, reason, until }) => ({
      id,
      from,
      reason,
      ...(until === undefined ? {} : { until }),
    }));
  }

  get open(): readonly GapFacts[] {
    const missing = this.#missing;
    return this.#gaps().map(({ id, from, until, reason }) => ({
      id,
      from: iso(from),
      reason,
      ...(until === undefined
        ? { waitingFor: 'connection' }
        : {
            until: iso(until),
            ...(missing === undefined
              ? { waitingFor: 'answers' }
              : { waitingFor: 'permission', missingPermission: missing }),
          }),
    }));
  }

  /** Ends all asking. Open gaps stay open: they are the successor's. */
  stop(): void {
    this.lost();
    this.#state = { name: 'stopped' };
    // Whoever goes on with them tells how many there are.
    this.#options.metrics.gauge('GapsOpen', 0);
  }

  #gaps(): readonly Gap[] {
    return this.#opening === undefined ? this.#ended : [...this.#ended, this.#opening];
  }

  #show(): void {
    this.#options.metrics.gauge('GapsOpen', this.#gaps().length);
  }

  /** Round after round, until every gap is closed or `signal` aborts. Never rejects. */
  async #close(inquiry: Inquiry, signal: AbortSignal): Promise<void> {
    const { work, clock, backoff, logger, metrics } = this.#options;
    let queriedAt = Number.NEGATIVE_INFINITY;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const round = await inquiry.round(
          this.#ended,
          () => this.#nextQuery(queriedAt) <= clock.monotonic(),
          (at) => {
            queriedAt = at;
          },
        );
        signal.throwIfAborted();
        this.#report(round);
        const isDone = inquiry.done && this.#closable(queriedAt).length > 0;
        // Answers must not overtake what the socket should have brought before them, and did not.
        const isSilent = isDone && !(await work.showsLife(SIGN_MS));
        signal.throwIfAborted();
        if (isDone && !isSilent) this.#finish(queriedAt);
        if (this.#ended.length === 0) {
          this.#state = { name: 'idle' };
          return;
        }
        const { failedRetryAfterMs } = round;
        failures = failedRetryAfterMs === undefined ? 0 : failures + 1;
        const waitMs =
          failedRetryAfterMs === undefined
            ? this.#nextQuery(queriedAt) - clock.monotonic()
            : backoffDelay(backoff, failures, failedRetryAfterMs);
        await clock.sleep(isSilent ? SIGN_MS : Math.max(waitMs, 0), signal);
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        metrics.count('GapFailures');
        logger.error({ cause: describeError(error) }, 'closing a gap failed; it goes on');
        await clock.sleep(backoffDelay(backoff, failures), signal).catch(() => undefined);
      }
    }
  }

  /**
   * A query when the lag has passed. Where the gap was longer than that, one at once, too, since most of what began in it
   * shows by then. When the next is due, by the monotonic clock.
   */
  #nextQuery(queriedAt: number): number {
    const lag = this.#options.analyticsLagMs;
    const times = this.#ended.flatMap(({ from, until, liveAt }) =>
      until - from > lag ? [liveAt, liveAt + lag] : [liveAt + lag],
    );
    return Math.min(...times.filter((time) => time > queriedAt));
  }

  /** The gaps that a query was made for after the lag. */
  #closable(queriedAt: number): EndedGap[] {
    return this.#ended.filter(({ liveAt }) => liveAt + this.#options.analyticsLagMs <= queriedAt);
  }

  #finish(queriedAt: number): void {
    const { work, clock, logger, metrics } = this.#options;
    for (const gap of this.#closable(queriedAt)) {
      const { id, from, until, reason } = gap;
      const conversations = this.#tally.counts;
      const closed: ClosedGap = { gap, closedAt: clock.now(), isTold: false };
      this.#closed.push(closed);
      work.announce(
        { kind: 'closed', gap: { id, from, until, reason, closedAt: closed.closedAt, conversations } },
        () => {
          closed.isTold = true;
        },
      );
      this.#ended = this.#ended.filter((other) => other !== gap);
      metrics.count('GapsClosed');
      this.#show();
      logger.info(
        { gap: id, from: iso(from), until: iso(until), reason, conversations },
        'the gap is closed',
      );
    }
    if (this.#gaps().length === 0) this.#tally.clear();
  }

  /** A missing permission is told once, until it was there or another one is missing. */
  #report({ missing }: Round): void {
    if (missing !== undefined && missing !== this.#missing)
      this.#options.logger.error(
        { missingPermission: missing },
        'gaps stay open: the OAuth client lacks a permission that closing them needs',
      );
    this.#missing = missing;
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
