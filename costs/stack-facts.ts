import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { z } from 'zod';
import { BridgeStack } from '../lib/bridge-stack.ts';
import { parseStackConfig } from '../lib/config.ts';
import { METRICS } from '../listener/telemetry/metrics.ts';

/** How much there is of what is paid for by the piece: counted, not assumed. */
export interface StackFacts {
  /** Custom metrics of one shard. */
  readonly metrics: number;
  /** An alarm on an expression is paid for each metric in it. */
  readonly alarmMetrics: number;
  readonly dashboards: number;
  readonly secrets: number;
}

const alarm = z.object({
  Properties: z.looseObject({
    Metrics: z.array(z.looseObject({ MetricStat: z.unknown().optional() })).optional(),
  }),
});

/** Counts in the template as it would be deployed, with what is the default but for `standby`. */
export function stackFacts(standby: boolean): StackFacts {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
  // Nothing is pulled: the template only names it.
  const image = ContainerImage.fromRegistry('listener');
  const template = Template.fromStack(
    new BridgeStack(app, 'Bridge', { config: parseStackConfig({ standby }), image }),
  );
  const count = (type: string) => Object.keys(template.findResources(type)).length;
  const alarms = z.record(z.string(), alarm).parse(template.findResources('AWS::CloudWatch::Alarm'));
  return {
    metrics: Object.keys(METRICS).length,
    alarmMetrics: Object.values(alarms).reduce(
      (sum, { Properties }) => sum + metricsIn(Properties.Metrics),
      0,
    ),
    dashboards: count('AWS::CloudWatch::Dashboard'),
    secrets: count('AWS::SecretsManager::Secret'),
  };
}

function metricsIn(metrics: readonly { MetricStat?: unknown }[] | undefined): number {
  if (metrics === undefined) return 1;
  return metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
}
