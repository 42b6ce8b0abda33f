import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** Every metric the function emits, with its CloudWatch unit and its meaning. */
export const METRICS = {
  ApiCalls: ['Count', 'requests sent to the API, repetitions included'],
  ApiFailuresTransient: ['Count', 'invocations that failed for now; Lambda makes them again'],
  ApiFailuresPermanent: ['Count', 'events put into the queue for failed events'],
  ApiLatency: ['Milliseconds', 'from a request to the status of its answer, or to giving it up'],
  DuplicatesSkipped: ['Count', 'events left out because they had been delivered to the API before'],
} as const satisfies Record<string, readonly ['Count' | 'Milliseconds', string]>;

type MetricName = keyof typeof METRICS;

export const METRICS_NAMESPACE = 'ConversationBridge';
export const SERVICE = 'call-api';

/** What one invocation counts. Counters are reported as 0, too, so that an alarm can tell nothing from nobody. */
export class InvocationMetrics {
  readonly #counts = new Map<string, number>();
  readonly #latencies: number[] = [];

  count(name: Exclude<MetricName, 'ApiLatency'>): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** @param ms duration in milliseconds */
  latency(ms: number): void {
    this.#latencies.push(ms);
  }

  /** Writes one line in CloudWatch's embedded metric format. */
  publish(emf: Metrics): void {
    for (const [name, [unit]] of Object.entries(METRICS)) {
      if (unit === 'Count') emf.addMetric(name, MetricUnit.Count, this.#counts.get(name) ?? 0);
    }
    for (const ms of this.#latencies) emf.addMetric('ApiLatency', MetricUnit.Milliseconds, ms);
    emf.publishStoredMetrics();
  }
}
