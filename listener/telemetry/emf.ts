import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Clock } from '../clock.ts';
import { COUNTERS, type MetricsAggregate } from './aggregate.ts';
import { METRICS, type MetricName } from './metrics.ts';

/** The CloudWatch namespace of everything the bridge reports. */
const METRICS_NAMESPACE = 'ConversationBridge';
const REPORT_EVERY_MS = 60_000;

/** Writes figures to standard output once a minute, in CloudWatch's embedded metric format. */
export class EmfReporter {
  readonly #aggregate: MetricsAggregate;
  readonly #clock: Clock;
  readonly #emf: PowertoolsMetrics;
  #cancel: () => void = () => {};

  constructor(options: { aggregate: MetricsAggregate; clock: Clock; shard: string }) {
    this.#aggregate = options.aggregate;
    this.#clock = options.clock;
    this.#emf = new PowertoolsMetrics({
      namespace: METRICS_NAMESPACE,
      serviceName: 'listener',
      defaultDimensions: { shard: options.shard },
    });
  }

  start(): void {
    this.#cancel = this.#clock.after(REPORT_EVERY_MS, () => {
      this.report();
      this.start();
    });
  }

  /** Reports what is left. */
  stop(): void {
    this.#cancel();
    this.report();
  }

  /** Writes one line with everything since the last. */
  report(): void {
    const { counters, gauges, samples } = this.#aggregate.take();
    for (const name of COUNTERS) this.#add(name, counters.get(name) ?? 0);
    for (const [name, value] of gauges) this.#add(name, value);
    for (const [name, values] of samples) for (const value of values) this.#add(name, value);
    this.#emf.publishStoredMetrics();
  }

  #add(name: MetricName, value: number): void {
    this.#emf.addMetric(
      name,
      METRICS[name][0] === 'Milliseconds' ? MetricUnit.Milliseconds : MetricUnit.Count,
      value,
    );
  }
}
