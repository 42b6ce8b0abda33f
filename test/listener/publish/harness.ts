import { type Logger, pino } from 'pino';
import type { EventBus } from '../../../listener/publish/event-bus.ts';
import type { OutgoingEvent } from '../../../listener/publish/lanes.ts';
import type { ParkedItem, ParkingLot, ParkingReason } from '../../../listener/publish/parking.ts';
import { Publisher } from '../../../listener/publish/publisher.ts';
import type { PublisherOptions } from '../../../listener/publish/publisher-options.ts';
import type { MetricName, Metrics } from '../../../listener/telemetry/metrics.ts';
import { ManualClock } from '../../manual-clock.ts';
import { HeldBus } from './held-bus.ts';

/** Jitter that is always half of the ceiling. */
const HALF = { random: () => 0.5 };

/** A parking lot in memory that can be told to fail. */
class MemoryParking implements ParkingLot {
  readonly parked: { item: ParkedItem; reason: ParkingReason }[] = [];
  /** What the next calls do; when empty they succeed. */
  readonly script: (() => Promise<void>)[] = [];
  calls = 0;

  async park(item: ParkedItem, reason: ParkingReason): Promise<void> {
    this.calls += 1;
    await this.script.shift()?.();
    this.parked.push({ item, reason });
  }

  get eventIds(): readonly string[] {
    return this.parked.map(({ item }) => (item.kind === 'event' ? item.eventId : 'a frame'));
  }
}

class RecordedMetrics implements Metrics {
  readonly counts = new Map<MetricName, number>();
  readonly observed = new Map<MetricName, number[]>();
  readonly gauges = new Map<MetricName, number>();

  count(name: MetricName, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  observe(name: MetricName, value: number): void {
    this.observed.set(name, [...(this.observed.get(name) ?? []), value]);
  }

  gauge(name: MetricName, value: number): void {
    this.gauges.set(name, value);
  }

  /** Missing counts as 0. */
  of(name: MetricName): number {
    return this.counts.get(name) ?? 0;
  }
}

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

function recordedLogger(): { logger: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const logger = pino({ level: 'trace', base: null }, { write: (line) => lines.push(JSON.parse(line)) });
  return { logger, lines };
}

/** Everything around a publisher, held still; `throughBus` takes the place of the bus that it returns. */
export function createHarness(options: Partial<PublisherOptions> = {}, throughBus?: EventBus) {
  const bus = new HeldBus();
  const parking = new MemoryParking();
  const clock = new ManualClock();
  const metrics = new RecordedMetrics();
  const { logger, lines } = recordedLogger();
  const publisher = new Publisher({
    bus: throughBus ?? bus,
    parking,
    clock,
    metrics,
    logger,
    source: 'conversation-bridge',
    options: {
      retryBackoff: { baseMs: 200, capMs: 10_000, ...HALF },
      parkingBackoff: { baseMs: 200, capMs: 10_000, ...HALF },
      ...options,
    },
  });
  /** Publishes an event whose id and detail are `name`. */
  const publish = (name: string, orderingKey = name) => publisher.publish(event(name, orderingKey, clock));
  /** Lets everything that is ready run, without moving time. */
  const settle = () => clock.advance(0);
  return { bus, parking, clock, logger, metrics, lines, publisher, publish, settle };
}

export function event(name: string, orderingKey: string, clock: ManualClock): OutgoingEvent {
  return {
    eventId: name,
    orderingKey,
    detailType: 'Conversation Updated',
    detail: name,
    time: new Date(clock.now()),
    receivedAtMs: clock.monotonic(),
  };
}

/** The names prefix0, prefix1 and so on. */
export function names(count: number, prefix = 'e'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
