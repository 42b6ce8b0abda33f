import type { Logger } from 'pino';
import { backoffDelay } from '../backoff.ts';
import type { Cancel, Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { isAccessProblem, isPermanentEntryCode, isThrottling } from './classify.ts';
import { BusCallError, type EntryResult, type EventBus } from './event-bus.ts';
import { Fence } from './fence.ts';
import { LEASE_NOT_HELD } from './fenced-bus.ts';
import { type Lane, Lanes, type PendingEvent } from './lanes.ts';
import { OutageLog } from './outage-log.ts';
import type { PublisherOptions } from './publisher-options.ts';
import { RequestLimit } from './request-limit.ts';

interface DispatcherOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly options: PublisherOptions;
  readonly onAcknowledged: (pending: PendingEvent, busEventId: string) => void;
  /** The event was given up; it is to be parked. */
  readonly onRefused: (pending: PendingEvent, code: string, message: string) => void;
}

interface Outcome {
  readonly lane: Lane;
  readonly result: EntryResult;
}

/**
 * Decides what goes into which request and when, and what each answer means.
 * Sends at once while nothing is in flight, and fills requests while something is.
 */
export class Dispatcher {
  readonly #bus: EventBus;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #options: PublisherOptions;
  readonly #onAcknowledged: (pending: PendingEvent, busEventId: string) => void;
  readonly #onRefused: (pending: PendingEvent, code: string, message: string) => void;
  readonly #lanes: Lanes;
  readonly #limit: RequestLimit;
  readonly #log: OutageLog;
  readonly #fence: Fence;
  #inFlight = 0;
  #gathering: NodeJS.Immediate | undefined;
  #cancelLinger: Cancel | undefined;
  #phase: 'filling' | 'flushing' | 'stopped' = 'filling';
  /** Counts `abandon`: an answer to a request of an earlier term has nobody left to tell. */
  #term = 0;

  constructor({ bus, clock, metrics, logger, options, onAcknowledged, onRefused }: DispatcherOptions) {
    this.#bus = bus;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#logger = logger;
    this.#options = options;
    this.#onAcknowledged = onAcknowledged;
    this.#onRefused = onRefused;
    this.#lanes = new Lanes({ maxEntries: options.maxEntriesPerRequest, maxBytes: options.maxRequestBytes });
    this.#limit = new RequestLimit(options.maxInFlight);
    this.#log = new OutageLog(logger, clock);
    this.#fence = new Fence(clock, () => this.#pump());
  }

  /** How many requests are in flight. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many ordering keys have events here. */
  get keys(): number {
    return this.#lanes.size;
  }

  /** The clock that events age by. */
  now(): number {
    return this.#fence.now();
  }

  add(pending: PendingEvent): void {
    this.#lanes.add(pending);
    this.#wake();
  }

  /** From now on nothing waits for company. */
  flush(): void {
    this.#phase = 'flushing';
    this.#pump();
  }

  /** Sends nothing more, and leaves answers that are still to come unheeded. Returns what is unacknowledged. */
  stop(): PendingEvent[] {
    this.#phase = 'stopped';
    this.#cancelLinger?.();
    this.#fence.close();
    return this.#lanes.takeAll();
  }

  /** Returns what is unacknowledged and leaves answers to it unheeded, then goes on with what comes. */
  abandon(): PendingEvent[] {
    this.#term += 1;
    return this.#lanes.takeAll();
  }

  /** Sends after this turn of the event loop, so that what came in one read off the socket goes in one request. */
  #wake(): void {
    this.#gathering ??= setImmediate(() => {
      this.#gathering = undefined;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#fence.isWaiting) return;
    const eager = this.#inFlight === 0 || this.#phase === 'flushing';
    while (this.#inFlight < this.#limit.current) {
      this.#refuseOverdue();
      const { readySinceMs } = this.#lanes;
      if (readySinceMs === undefined) break;
      if (!eager && !this.#lanes.full) {
        const lingerMs = readySinceMs + this.#options.lingerMs - this.now();
        if (lingerMs > 0) {
          this.#linger(lingerMs);
          return;
        }
      }
      void this.#send(this.#lanes.takeBatch());
    }
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
  }

  /** Else a bus that hangs, and takes fewer events than come in, would have them pile up without end. */
  #refuseOverdue(): void {
    const { maxAgeMs } = this.#options;
    for (const pending of this.#lanes.takeOverdue(this.now() - maxAgeMs)) {
      this.#onRefused(pending, 'Overdue', `its turn did not come within ${maxAgeMs} ms`);
    }
  }

  #linger(ms: number): void {
    this.#cancelLinger ??= this.#clock.after(ms, () => {
      this.#cancelLinger = undefined;
      this.#pump();
    });
  }

  async #send(batch: readonly Lane[]): Promise<void> {
    const { ticket } = this.#limit;
    const term = this.#term;
    const again = batch.filter(({ head }) => head.attempts > 0).length;
    for (const { head } of batch) head.attempts += 1;
    this.#inFlight += 1;
    const answer = await this.#put(batch);
    this.#inFlight -= 1;
    const fenced = answer instanceof BusCallError && answer.code === LEASE_NOT_HELD;
    if (again > 0 && !fenced) this.#metrics.count('PublishRetries', again);
    if (this.#phase === 'stopped') {
      this.#logger.info({ entries: batch.length }, 'the answer of the bus came after the drain deadline');
      return;
    }
    if (term !== this.#term) {
      this.#logger.info(
        { entries: batch.length },
        'the answer of the bus came after the events were abandoned',
      );
    } else if (fenced) {
      this.#fencedOff(batch, answer);
    } else {
      this.#fence.passed();
      if (answer instanceof BusCallError) this.#callFailed(batch, answer, ticket);
      else this.#callAnswered(answer, ticket);
    }
    this.#pump();
  }

  /** Nothing was sent, so nothing was tried: it costs no attempt, and everything waits for the lease alike. */
  #fencedOff(batch: readonly Lane[], { code }: BusCallError): void {
    this.#log.report('warn', 'not the holder of the lease: publishing waits', code, {});
    for (const lane of batch) {
      lane.head.attempts -= 1;
      this.#lanes.release(lane, this.now());
    }
    this.#fence.refused();
  }

  async #put(batch: readonly Lane[]): Promise<readonly Outcome[] | BusCallError> {
    try {
      const results = await this.#bus.put(batch.map((lane) => lane.head.entry));
      const outcomes = pair(batch, results);
      if (outcomes !== undefined) return outcomes;
      return new BusCallError(`${results.length} results for ${batch.length} entries`, {
        code: 'ResultCountMismatch',
        canRetry: true,
      });
    } catch (error) {
      return asCallError(error);
    }
  }

  #callAnswered(outcomes: readonly Outcome[], ticket: number): void {
    let throttled = false;
    for (const { lane, result } of outcomes) {
      if (result.accepted) {
        this.#onAcknowledged(lane.head, result.busEventId);
        this.#lanes.advance(lane, this.now());
      } else if (isPermanentEntryCode(result.code)) {
        this.#refuse(lane, result.code, result.message);
      } else {
        throttled ||= isThrottling(result.code);
        this.#log.report('warn', 'entry failed', result.code, { cause: result.message });
        this.#retryLater(lane, result.code, result.message);
      }
    }
    if (throttled) this.#limit.throttled(ticket);
    else this.#limit.succeeded();
  }

  #callFailed(batch: readonly Lane[], error: BusCallError, ticket: number): void {
    const cause = describeError(error);
    const denied = isAccessProblem(error.code);
    this.#metrics.count('PublishCallsFailed');
    if (isThrottling(error.code)) this.#limit.throttled(ticket);
    this.#log.report(
      denied ? 'error' : 'warn',
      denied
        ? 'no access to the event bus: credentials, permissions or its name are wrong'
        : 'PutEvents failed',
      error.code,
      { cause, entries: batch.length, canRetry: error.canRetry },
    );
    for (const lane of batch) {
      if (error.canRetry) {
        this.#retryLater(lane, error.code, cause, error.retryAfterMs);
      } else if (batch.length > 1) {
        // One bad entry is enough for the bus to refuse them all: alone, each answers for itself.
        lane.head.alone = true;
        this.#lanes.release(lane, this.now());
      } else {
        this.#refuse(lane, error.code, cause);
      }
    }
  }

  #retryLater(lane: Lane, code: string, message: string, retryAfterMs?: number): void {
    const { attempts, acceptedAtMs } = lane.head;
    const { maxAttempts, maxAgeMs, retryBackoff } = this.#options;
    const delayMs = backoffDelay(retryBackoff, attempts, retryAfterMs);
    const ageMs = this.now() + delayMs - acceptedAtMs;
    if (attempts >= maxAttempts || ageMs > maxAgeMs) {
      this.#refuse(lane, code, message);
      return;
    }
    lane.cancelRetry = this.#clock.after(delayMs, () => {
      lane.cancelRetry = undefined;
      this.#lanes.release(lane, this.now());
      this.#wake();
    });
  }

  #refuse(lane: Lane, code: string, message: string): void {
    this.#onRefused(lane.head, code, message);
    this.#lanes.advance(lane, this.now());
  }
}

/** Result i belongs to entry i; undefined when they don't match one to one. */
function pair(batch: readonly Lane[], results: readonly EntryResult[]): Outcome[] | undefined {
  if (results.length !== batch.length) return undefined;
  const outcomes: Outcome[] = [];
  for (const [index, lane] of batch.entries()) {
    const result = results[index];
    if (result === undefined) return undefined;
    outcomes.push({ lane, result });
  }
  return outcomes;
}

function asCallError(error: unknown): BusCallError {
  if (error instanceof BusCallError) return error;
  return new BusCallError('unexpected failure of the event bus', {
    code: error instanceof Error ? error.name : 'UnknownError',
    canRetry: true,
    cause: error,
  });
}
