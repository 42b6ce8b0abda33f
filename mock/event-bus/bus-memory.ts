import type { Clock } from '../../listener/clock.ts';
import { type BusEvent, toBusEvent } from './bus-event.ts';
import { checkEntry, type EntryFailure } from './entry-check.ts';
import type { RequestEntry } from './put-events-request.ts';

/** One row of the answer, in the order of the request. */
export type ResultRow =
  | { readonly EventId: string }
  | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** What became of the entries of the calls that were not refused as a whole, since the start. */
export interface EntryCounts {
  /** On a bus, forgotten ones included. */
  readonly accepted: number;
  readonly refused: number;
  /** Accepted and dropped, because no such bus exists: AWS says nothing about it either. */
  readonly unknownBus: number;
}

/** The buses, and the events on them. */
export class BusMemory {
  readonly #clock: Clock;
  readonly #busNames: ReadonlySet<string>;
  readonly #keep: number;
  readonly #events: BusEvent[] = [];
  readonly #listeners = new Set<(event: BusEvent) => void>();
  readonly #counts = { accepted: 0, refused: 0, unknownBus: 0 };

  constructor(options: { clock: Clock; busNames: readonly string[]; keep: number }) {
    this.#clock = options.clock;
    this.#busNames = new Set(options.busNames);
    this.#keep = options.keep;
  }

  get events(): readonly BusEvent[] {
    return this.#events;
  }

  get counts(): EntryCounts {
    return { ...this.#counts };
  }

  onEvent(listener: (event: BusEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Takes one entry, unless it is wrong or `strike` says that it fails. */
  take(
    entry: RequestEntry,
    region: string,
    strike: (entry: RequestEntry) => EntryFailure | undefined,
  ): ResultRow {
    const check = checkEntry(entry);
    const failure = check.ok ? strike(entry) : check.failure;
    if (!check.ok || failure) {
      this.#counts.refused++;
      return { ErrorCode: failure?.code ?? '', ErrorMessage: failure?.message ?? '' };
    }
    const event = toBusEvent(check.entry, {
      busName: toBusName(entry.EventBusName ?? 'default'),
      region,
      resources: entry.Resources ?? [],
      takenAt: this.#clock.now(),
      time: entry.Time ?? undefined,
    });
    if (this.#busNames.has(event.busName)) this.#add(event);
    else this.#counts.unknownBus++;
    return { EventId: event.id };
  }

  #add(event: BusEvent): void {
    this.#counts.accepted++;
    this.#events.push(event);
    if (this.#events.length > this.#keep) this.#events.shift();
    for (const listener of this.#listeners) listener(event);
  }
}

const toBusName = (nameOrArn: string) => nameOrArn.replace(/^arn:.*:event-bus\//, '');
