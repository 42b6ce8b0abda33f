import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { BusCallError, type BusEntry, type EntryResult, type EventBus } from './event-bus.ts';
import { OutageLog } from './outage-log.ts';
import type { Payload, PayloadStore } from './payload-store.ts';

/** How many payloads are stored at a time. */
const MOST_AT_A_TIME = 4;

/** The code of an entry that was not sent, since its payload could not be kept. */
export const PAYLOAD_NOT_STORED = 'PayloadNotStored';

export interface OffloadingBusOptions {
  readonly bus: EventBus;
  readonly store: PayloadStore;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * Keeps the payloads of a request's entries before it is sent, so that nobody ever receives a reference to nothing.
 * An entry whose payload can't be kept is answered for here, as a passing failure; the others are sent.
 * A payload that was kept is not stored again when its entry is.
 */
export function offloadingBus(options: OffloadingBusOptions): EventBus {
  const { bus } = options;
  const shelf = new Shelf(options);
  return {
    async put(entries) {
      const problems = await Promise.all(entries.map((entry) => shelf.keep(entry)));
      const sent = entries.filter((_, index) => problems[index] === undefined);
      const answers = sent.length === 0 ? [] : await bus.put(sent);
      if (answers.length !== sent.length) {
        throw new BusCallError(`${answers.length} results for ${sent.length} entries`, {
          code: 'ResultCountMismatch',
          canRetry: true,
        });
      }
      const rest = answers.values();
      return problems.flatMap((problem): EntryResult[] => {
        if (problem !== undefined) return [problem];
        const { value } = rest.next();
        return value === undefined ? [] : [value];
      });
    },
  };
}

class Shelf {
  readonly #options: OffloadingBusOptions;
  readonly #log: OutageLog;
  readonly #kept = new WeakSet<Payload>();
  readonly #waiting: (() => void)[] = [];
  #storing = 0;

  constructor(options: OffloadingBusOptions) {
    this.#options = options;
    this.#log = new OutageLog(options.logger, options.clock);
  }

  /** @returns undefined when the entry may be sent */
  async keep({ payload }: BusEntry): Promise<EntryResult | undefined> {
    if (payload === undefined || this.#kept.has(payload)) return undefined;
    const { store, metrics } = this.#options;
    await this.#turn();
    try {
      await store.put(payload);
      this.#kept.add(payload);
      metrics.count('PayloadsStored');
      return undefined;
    } catch (error) {
      const message = describeError(error);
      metrics.count('PayloadFailures');
      this.#log.report('warn', 'a payload could not be stored', PAYLOAD_NOT_STORED, { cause: message });
      return { accepted: false, code: PAYLOAD_NOT_STORED, message };
    } finally {
      this.#storing -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#storing >= MOST_AT_A_TIME) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#storing += 1;
  }
}
