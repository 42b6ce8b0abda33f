import { METRICS, type MetricName, type Metrics } from './metrics.ts';

/** CloudWatch takes 100 values a metric in one log line; a fair sample of so many tells the percentiles. */
const MOST_SAMPLES = 99;

/** What was counted since the last time it was asked for. */
export interface MetricsSnapshot {
  readonly counters: ReadonlyMap<MetricName, number>;
  readonly gauges: ReadonlyMap<MetricName, number>;
  readonly samples: ReadonlyMap<MetricName, readonly number[]>;
}

/** Adds figures up in memory, so that an event costs an addition and a minute costs one log line. */
export class MetricsAggregate implements Metrics {
  #counters = new Map<MetricName, number>();
  readonly #gauges = new Map<MetricName, number>();
  #samples = new Map<MetricName, { seen: number; readonly values: number[] }>();
  readonly #totals = new Map<MetricName, number>();

  count(name: MetricName, by = 1): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + by);
    this.#totals.set(name, (this.#totals.get(name) ?? 0) + by);
  }

  observe(name: MetricName, value: number): void {
    const sample = this.#samples.get(name) ?? { seen: 0, values: [] };
    this.#samples.set(name, sample);
    sample.seen++;
    if (sample.values.length < MOST_SAMPLES) sample.values.push(value);
    else {
      // Reservoir sampling: each value of the interval has the same chance to be kept.
      const place = Math.floor(Math.random() * sample.seen);
      if (place < MOST_SAMPLES) sample.values[place] = value;
    }
  }

  gauge(name: MetricName, value: number): void {
    this.#gauges.set(name, value);
  }

  /** A counter's sum since the process began. */
  total(name: MetricName): number {
    return this.#totals.get(name) ?? 0;
  }

  /** Hands over what was collected and begins anew; gauges stay. */
  take(): MetricsSnapshot {
    const counters = this.#counters;
    const samples = new Map([...this.#samples].map(([name, { values }]) => [name, values]));
    this.#counters = new Map();
    this.#samples = new Map();
    return { counters, gauges: new Map(this.#gauges), samples };
  }
}

const GAUGES: ReadonlySet<MetricName> = new Set([
  'ConnectionLive',
  'TopicsSubscribed',
  'TopicsRejected',
  'PublishPending',
  'GapsOpen',
  'LeaseHeld',
]);

/** The metrics that count: reported as 0, too, since their absence means that nothing reports at all. */
export const COUNTERS: readonly MetricName[] = metricNames().filter(
  (name) => METRICS[name][0] === 'Count' && !GAUGES.has(name),
);

function metricNames(): MetricName[] {
  const isMetric = (name: string): name is MetricName => name in METRICS;
  return Object.keys(METRICS).filter(isMetric);
}
