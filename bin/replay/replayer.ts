import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../../listener/clock.ts';
import { SOURCE } from '../../listener/contract/vocabulary.ts';
import { describeError } from '../../listener/errors.ts';
import type { EventBus } from '../../listener/publish/event-bus.ts';
import { type ParkedRecord, readParked } from '../../listener/publish/parked-text.ts';
import type { ParkedEvent, ParkingReason } from '../../listener/publish/parking.ts';
import type { PayloadSource } from '../../listener/publish/payload-store.ts';
import { type OutgoingEvent, Publisher } from '../../listener/publish/publisher.ts';
import type { PublisherOptions } from '../../listener/publish/publisher-options.ts';
import type { Metrics } from '../../listener/telemetry/metrics.ts';
import type { Entry, ReplaySource } from './source.ts';

/** How a replay went. */
export interface ReplayCounts {
  /** Everything that was found, in events, frames and texts that nobody can read. */
  read: number;
  published: number;
  /** Events that the bus did not take, and what can't be read. They stay parked. */
  failed: number;
  /** Frames, which no event can be made of. They stay parked. */
  frames: number;
}

export interface ReplayOptions {
  readonly bus: EventBus;
  readonly payloads: PayloadSource;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Sends nothing. */
  readonly looksOnly: boolean;
  readonly onProgress: (counts: Readonly<ReplayCounts>) => void;
  readonly onFrame: (record: ParkedRecord) => void;
  readonly publisherOptions?: Partial<PublisherOptions>;
}

interface Replayed<E> {
  readonly entry: E;
  readonly record: ParkedRecord;
  readonly item: ParkedEvent;
}

/** An event retries for a minute, and a payload as often: this is only reached when something hangs. */
const LONGEST_BATCH_MS = 600_000;

/** Sends what is parked to the bus again, under the same event ids, in the order of each conversation. */
export class Replayer {
  readonly counts: ReplayCounts = { read: 0, published: 0, failed: 0, frames: 0 };
  readonly #options: ReplayOptions;
  readonly #publisher: Publisher;
  /** Why the bus did not take an event, by event id. */
  readonly #reasons = new Map<string, ParkingReason>();

  constructor(options: ReplayOptions) {
    const { bus, clock, metrics, logger } = options;
    this.#options = options;
    this.#publisher = new Publisher({
      bus,
      clock,
      metrics,
      logger,
      source: SOURCE,
      parking: {
        park: async (item, reason) => {
          if (item.kind === 'event') this.#reasons.set(item.eventId, reason);
        },
      },
      // A batch is bounded by its source.
      options: { maxPendingBytes: Number.MAX_SAFE_INTEGER, ...options.publisherOptions },
    });
  }

  /** @throws what the source throws: then what was not done with stays parked */
  async replay<E extends Entry>(source: ReplaySource<E>): Promise<void> {
    try {
      for await (const batch of source.batches()) {
        await this.#replayBatch(source, batch);
        this.#options.onProgress(this.counts);
      }
      await source.finish();
    } finally {
      await source.close();
    }
  }

  async #replayBatch<E extends Entry>(source: ReplaySource<E>, batch: readonly E[]): Promise<void> {
    const { looksOnly } = this.#options;
    const sendable: Replayed<E>[] = [];
    for (const entry of batch) {
      this.counts.read += 1;
      const record = await this.#read(entry);
      if (record?.item.kind === 'event' && record.item.source === SOURCE && !looksOnly) {
        sendable.push({ entry, record, item: record.item });
      } else {
        this.#count(record);
        await source.keep(entry);
      }
    }
    await this.#send(source, sendable);
  }

  #count(record: ParkedRecord | undefined): void {
    if (record === undefined) {
      this.counts.failed += 1;
    } else if (record.item.kind === 'frame') {
      this.counts.frames += 1;
      this.#options.onFrame(record);
    } else if (record.item.source !== SOURCE) {
      this.counts.failed += 1;
      this.#options.logger.error(
        { eventId: record.item.eventId },
        "not one of this bridge's events; it stays parked",
      );
    }
  }

  /** @returns undefined when nobody can read it */
  async #read({ text }: Entry): Promise<ParkedRecord | undefined> {
    try {
      const found = readParked(text);
      if (!('itemRef' in found)) return found;
      const kept = readParked(await this.#options.payloads.read(found.itemRef));
      if ('itemRef' in kept) throw new Error('a reference that leads to another one');
      return kept;
    } catch (error) {
      // Not quoted: it may hold anything.
      this.#options.logger.error(
        { cause: describeError(error) },
        "what is parked can't be read; it stays parked",
      );
      return undefined;
    }
  }

  async #send<E extends Entry>(source: ReplaySource<E>, batch: readonly Replayed<E>[]): Promise<void> {
    const published: E[] = [];
    const failed: Replayed<E>[] = [];
    const open = new Map<OutgoingEvent, Replayed<E>>();
    const off = this.#publisher.onSettled((event, how) => {
      const replayed = open.get(event);
      if (replayed === undefined) return;
      open.delete(event);
      if (how === 'published') published.push(replayed.entry);
      else failed.push(replayed);
    });
    for (const replayed of inOrder(batch)) {
      const event = this.#outgoing(replayed.item);
      open.set(event, replayed);
      this.#publisher.publish(event);
    }
    await this.#publisher.settle(LONGEST_BATCH_MS);
    this.#publisher.abandon('ReplayDeadline', `not acknowledged within ${LONGEST_BATCH_MS} ms`);
    await this.#publisher.settle(LONGEST_BATCH_MS);
    off();
    this.counts.published += published.length;
    this.counts.failed += failed.length;
    await source.done(published);
    for (const { entry, record, item } of failed) {
      const reason = this.#reasons.get(item.eventId);
      await source.keep(entry, reason && { record, reason });
    }
    this.#reasons.clear();
  }

  #outgoing({ eventId, orderingKey, detailType, detail, time, payload }: ParkedEvent): OutgoingEvent {
    return {
      eventId,
      orderingKey,
      detailType,
      detail,
      time: new Date(time),
      receivedAtMs: this.#options.clock.monotonic(),
      payload,
    };
  }
}

const sequenced = z.object({ bridge: z.object({ sequence: z.string() }) });

/** By `bridge.sequence`; a queue hands out messages in no order. */
function inOrder<E>(batch: readonly Replayed<E>[]): Replayed<E>[] {
  return batch
    .map((replayed) => ({ replayed, place: sequenceOf(replayed.item.detail) }))
    .sort((a, b) => (a.place < b.place ? -1 : Number(a.place > b.place)))
    .map(({ replayed }) => replayed);
}

function sequenceOf(detail: string): string {
  try {
    return sequenced.safeParse(JSON.parse(detail)).data?.bridge.sequence ?? '';
  } catch {
    // No JSON: the bus will say so.
    return '';
  }
}
