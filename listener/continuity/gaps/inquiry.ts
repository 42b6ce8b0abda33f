import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { describeError } from '../../errors.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { type FailedAnswer, failedAnswer } from './failed-answer.ts';
import type { EndedGap } from './gap.ts';
import type { GapWork } from './gap-work.ts';
import type { Outcome, Tally } from './tally.ts';

/** So many conversations are asked for at the same time. */
const CONCURRENCY = 4;

/** After so many failures in a row nothing more is asked in this round: the fault lies not with one conversation. */
const MOST_FAILURES_IN_A_ROW = 8;

/**
 * How far the clocks of Genesys Cloud and of the bridge may be apart, with what was set meanwhile. Milliseconds. Whatever was
 * open within it of no subscribed topic is asked for, too, so that more of it costs many calls.
 */
const CLOCK_MARGIN_MS = 30_000;

const PERMISSIONS = {
  conversation: 'conversation:communication:view',
  query: 'analytics:conversationDetail:view',
} as const;

export type MissingPermission = (typeof PERMISSIONS)[keyof typeof PERMISSIONS];

export interface InquiryOptions {
  readonly work: GapWork;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How long a query may not show a conversation that has begun, in milliseconds. */
  readonly analyticsLagMs: number;
  readonly tally: Tally;
}

/** What a round of asking came to. */
export interface Round {
  /** Undefined when nothing failed; else how long the server asked to wait, in milliseconds. */
  readonly failedRetryAfterMs: number | undefined;
  readonly missing: MissingPermission | undefined;
}

/**
 * Asks for every conversation that may have changed, each once: those known to be open when the bridge was live again,
 * and those that a query finds. What fails stays due for the next round.
 */
export class Inquiry {
  readonly #options: InquiryOptions;
  readonly #signal: AbortSignal;
  /** Where each known conversation stood when the bridge was live again. */
  readonly #baseline: ReadonlyMap<string, number | undefined>;
  readonly #seen: Set<string>;
  #due: string[];
  /** What began before, an earlier query has shown. Milliseconds since the Unix epoch. */
  #shownBefore = Number.NEGATIVE_INFINITY;
  #failures: FailedAnswer[] = [];
  #missing: MissingPermission | undefined;

  /** To be made at the moment when the bridge is live again. */
  constructor(options: InquiryOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    const { work } = options;
    this.#due = [...work.openConversations()];
    this.#baseline = new Map(this.#due.map((id) => [id, work.versionOf(id)]));
    this.#seen = new Set(this.#due);
  }

  /** Whether everything that is known of has been looked after. */
  get done(): boolean {
    return this.#due.length === 0;
  }

  /**
   * Asks for all that is due, then, if wanted, queries for more and asks for those.
   * @param queried called with the time at which a successful query began, by the monotonic clock
   */
  async round(
    gaps: readonly EndedGap[],
    wantsQuery: () => boolean,
    queried: (at: number) => void,
  ): Promise<Round> {
    this.#failures = [];
    this.#missing = undefined;
    const { clock, logger } = this.#options;
    if (this.#due.length > 0) logger.info({ conversations: this.#due.length }, 'asking for conversations');
    this.#due = await this.#ask(this.#due);
    if (wantsQuery()) {
      const found: string[] = [];
      const at = clock.monotonic();
      if (await this.#query(gaps, found)) queried(at);
      this.#due = [...this.#due, ...(await this.#ask(found))];
    }
    const waits = this.#failures.map((failure) => (failure.kind === 'later' ? failure.retryAfterMs : 0));
    return {
      failedRetryAfterMs: waits.length === 0 ? undefined : Math.max(...waits),
      missing: this.#missing,
    };
  }

  /** @returns those that have to be asked for again; those that have failed last, so that they hold up no other */
  async #ask(ids: readonly string[]): Promise<string[]> {
    const failed: string[] = [];
    const left: string[] = [];
    let failuresInARow = 0;
    const queue = ids.values();
    const askOneByOne = async () => {
      for (const id of queue) {
        if (failuresInARow >= MOST_FAILURES_IN_A_ROW || this.#missing !== undefined) left.push(id);
        else if (await this.#askFor(id)) failuresInARow = 0;
        else {
          failuresInARow++;
          failed.push(id);
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, askOneByOne));
    return [...left, ...failed];
  }

  /** @returns whether the conversation is looked after */
  async #askFor(id: string): Promise<boolean> {
    const { work, metrics, tally } = this.#options;
    this.#signal.throwIfAborted();
    try {
      const version = work.versionOf(id);
      const count = work.countOf(id);
      if (this.#baseline.has(id) && version !== this.#baseline.get(id)) return this.#settle(id, 'live');
      const conversation = await work.api.conversation(id, this.#signal);
      this.#signal.throwIfAborted();
      if (!this.#baseline.has(id) && version === undefined) tally.discovered(id);
      // What was notified meanwhile is newer than the answer, or as new.
      if (work.versionOf(id) !== version) return this.#settle(id, 'live');
      // A part of it was: the answer may be older than that, though it tells more.
      if (work.countOf(id) !== count) return await this.#askFor(id);
      if (conversation === undefined) return this.#settle(id, 'unavailable');
      const outcome = work.backfill(id, conversation);
      if (outcome === 'backfilled') metrics.count('ConversationsBackfilled');
      return this.#settle(id, outcome);
    } catch (error) {
      if (this.#fail(error, 'conversation').kind !== 'never') return false;
      return this.#settle(id, 'unavailable');
    }
  }

  #settle(id: string, outcome: Outcome): true {
    if (outcome === 'unavailable') this.#options.metrics.count('ConversationsUnavailable');
    this.#options.tally.settle(id, outcome);
    return true;
  }

  /** Adds to `found` what has to be asked for. @returns whether the query succeeded */
  async #query(gaps: readonly EndedGap[], found: string[]): Promise<boolean> {
    const { work, clock, logger, analyticsLagMs } = this.#options;
    const from = Math.min(...gaps.map((gap) => gap.from)) - CLOCK_MARGIN_MS;
    const until = Math.max(...gaps.map((gap) => gap.until)) + CLOCK_MARGIN_MS;
    const shows = clock.now() - analyticsLagMs - CLOCK_MARGIN_MS;
    let looked = 0;
    try {
      const open = new Set(work.openConversations());
      for await (const { id, startedAt, endedAt } of work.api.conversationsBetween(
        from,
        until,
        this.#signal,
      )) {
        if (startedAt !== undefined && startedAt < this.#shownBefore) break;
        looked++;
        if (this.#seen.has(id) || !gaps.some((gap) => mayHaveBeenOpen(gap, startedAt, endedAt))) continue;
        // One that is open now and was not before has been notified since.
        if (open.has(id) && work.versionOf(id) !== undefined) continue;
        const knownEnd = work.knownEndOf(id);
        // One whose end was known before may have gone on, and ended again.
        const goneOn = endedAt !== undefined && knownEnd !== undefined && endedAt > knownEnd;
        const endedAgain = goneOn && gaps.some((gap) => gap.from <= endedAt && endedAt <= gap.until);
        if (knownEnd !== undefined && !endedAgain) continue;
        this.#seen.add(id);
        found.push(id);
      }
      this.#shownBefore = shows;
      logger.info({ conversations: looked, toAskFor: found.length }, 'queried for conversations');
      return true;
    } catch (error) {
      this.#fail(error, 'query');
      return false;
    }
  }

  /** @throws the error itself when it only says that asking was given up */
  #fail(error: unknown, call: keyof typeof PERMISSIONS): FailedAnswer {
    if (this.#signal.aborted) throw error;
    const { metrics, logger } = this.#options;
    const failure = failedAnswer(error);
    metrics.count('GapFailures');
    if (failure.kind === 'permission') this.#missing = PERMISSIONS[call];
    else
      logger.warn(
        { cause: describeError(error), call, outcome: failure.kind },
        'a call for closing a gap failed',
      );
    // A query has no other conversation to go on to.
    if (failure.kind !== 'never' || call === 'query') this.#failures.push(failure);
    return failure;
  }
}

/** Whether it was open at some time of a gap, as far as clocks can be trusted. What is not known may be. */
function mayHaveBeenOpen({ from, until }: EndedGap, startedAt?: number, endedAt?: number): boolean {
  const beganBefore = startedAt === undefined || startedAt <= until + CLOCK_MARGIN_MS;
  return beganBefore && (endedAt === undefined || endedAt >= from - CLOCK_MARGIN_MS);
}
