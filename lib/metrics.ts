import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type METRICS as CALL_API_METRICS, METRICS_NAMESPACE, SERVICE } from '../lambda/call-api/metrics.ts';
import type { MetricName } from '../listener/telemetry/metrics.ts';

/*
 * What is measured, apart from how it is shown and when it is alarming. Namespace and dimensions are what the listener
 * reports with.
 */

const LISTENER_NAMESPACE = 'ConversationBridge';
const LISTENER = 'listener';

/** The usual period of graphs and alarms. */
export const FIVE_MINUTES = Duration.minutes(5);

export interface MetricForm {
  readonly statistic: string;
  readonly period?: Duration;
  readonly label?: string;
}

/** One figure of one shard's listener. */
export function listenerMetric(name: MetricName, shard: string, form: MetricForm): Metric {
  return new Metric({
    namespace: LISTENER_NAMESPACE,
    metricName: name,
    dimensionsMap: { service: LISTENER, shard },
    statistic: form.statistic,
    period: form.period ?? FIVE_MINUTES,
    ...(form.label === undefined ? {} : { label: form.label }),
  });
}

/** A figure of all shards, added up or the worst of them. A single shard's is taken as it is. */
export function acrossShards(
  name: MetricName,
  shards: readonly string[],
  combine: 'SUM' | 'MAX',
  form: MetricForm,
): IMetric {
  const [only, ...others] = shards;
  if (only !== undefined && others.length === 0) return listenerMetric(name, only, form);
  // Ids must differ within a graph, and METRICS() would mean all metrics of the graph.
  const stem = `${name.charAt(0).toLowerCase()}${name.slice(1)}${form.statistic.replace(/\W/g, '')}`;
  const usingMetrics = Object.fromEntries(
    shards.map((shard, index) => [`${stem}${index}`, listenerMetric(name, shard, form)]),
  );
  return new MathExpression({
    expression: `${combine}([${Object.keys(usingMetrics).join(',')}])`,
    usingMetrics,
    period: form.period ?? FIVE_MINUTES,
    label: form.label ?? name,
  });
}

/** One figure of the example consumer. */
export function callApiMetric(name: keyof typeof CALL_API_METRICS, form: MetricForm): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    dimensionsMap: { service: SERVICE },
    statistic: form.statistic,
    period: form.period ?? FIVE_MINUTES,
    label: form.label ?? name,
  });
}

/** What EventBridge itself says of one rule on a bus. Source: EventBridge, "Monitoring". */
export function ruleMetric(
  name: 'FailedInvocations' | 'InvocationsFailedToBeSentToDlq' | 'InvocationsSentToDlq',
  { eventBusName, ruleName }: { readonly eventBusName: string; readonly ruleName: string },
): Metric {
  return new Metric({
    namespace: 'AWS/Events',
    metricName: name,
    dimensionsMap: { EventBusName: eventBusName, RuleName: ruleName },
    statistic: Stats.SUM,
    period: FIVE_MINUTES,
    label: name,
  });
}

/** The same of every rule on the bus, other teams' rules included. For graphs: alarms can't search. */
export function everyRulesMetric(name: 'FailedInvocations' | 'Invocations', eventBusName: string): IMetric {
  return new MathExpression({
    expression: `SEARCH('{AWS/Events,EventBusName,RuleName} EventBusName="${eventBusName}" MetricName="${name}"', 'Sum', 300)`,
    usingMetrics: {},
    period: FIVE_MINUTES,
    label: name,
  });
}

/** What a log group takes in, which is what is paid for. */
export function logBytes(logGroupName: string, label: string): Metric {
  return new Metric({
    namespace: 'AWS/Logs',
    metricName: 'IncomingBytes',
    dimensionsMap: { LogGroupName: logGroupName },
    statistic: Stats.SUM,
    period: Duration.hours(1),
    label,
  });
}
