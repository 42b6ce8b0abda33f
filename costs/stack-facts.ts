import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { z } from 'zod';
import { BridgeStack } from '../lib/bridge-stack.ts';
import { parseStackConfig } from '../lib/config.ts';
import { METRICS } from '../listener/telemetry/metrics.ts';
import type { Shape } from './assumptions.ts';
import { type RelayFacts, relayFacts } from './relay-facts.ts';

/** How a shard's listener runs in containers. */
export interface TaskFacts {
  readonly in: 'tasks';
  readonly tasks: number;
  /** Of each, in vCPU and GB. */
  readonly cpu: number;
  readonly gb: number;
  readonly publicAddresses: number;
}

/** How much there is of what is paid for by the piece: counted, not assumed. */
export interface StackFacts {
  /** Custom metrics of one shard. */
  readonly metrics: number;
  /** An alarm on an expression is paid for each metric in it. */
  readonly alarmMetrics: number;
  readonly dashboards: number;
  readonly secrets: number;
  readonly flowLogs: number;
  readonly listener: TaskFacts | RelayFacts;
}

const alarm = z.object({
  Properties: z.looseObject({
    Metrics: z.array(z.looseObject({ MetricStat: z.unknown().optional() })).optional(),
  }),
});

const service = z.object({
  Properties: z.looseObject({
    DesiredCount: z.number(),
    LaunchType: z.literal('FARGATE'),
    NetworkConfiguration: z.object({
      AwsvpcConfiguration: z.looseObject({ AssignPublicIp: z.enum(['ENABLED', 'DISABLED']) }),
    }),
  }),
});

const taskDefinition = z.object({
  Properties: z.looseObject({
    Cpu: z.coerce.number(),
    Memory: z.coerce.number(),
    // The price is that of arm64.
    RuntimePlatform: z.looseObject({ CpuArchitecture: z.literal('ARM64') }),
  }),
});

const CONFIGURATION_OF: Readonly<Record<Shape, Readonly<Record<string, unknown>>>> = {
  Fargate: {},
  'Fargate with standby': { standby: true },
  relay: { shape: 'relay' },
};

/** Counts in the template as it would be deployed, with what is the default but for the shape. */
export function stackFacts(shape: Shape): StackFacts {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
  // Nothing is pulled: the template only names it.
  const image = ContainerImage.fromRegistry('listener');
  const config = parseStackConfig(CONFIGURATION_OF[shape]);
  const template = Template.fromStack(new BridgeStack(app, 'Bridge', { config, image }));
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
    flowLogs: count('AWS::EC2::FlowLog'),
    listener: shape === 'relay' ? relayFacts(template) : taskFacts(template),
  };
}

function metricsIn(metrics: readonly { MetricStat?: unknown }[] | undefined): number {
  if (metrics === undefined) return 1;
  return metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
}

function taskFacts(template: Template): TaskFacts {
  const all = (type: string) => Object.values(template.findResources(type));
  const [{ Properties: running }] = z.tuple([service]).parse(all('AWS::ECS::Service'));
  const [{ Properties: defined }] = z.tuple([taskDefinition]).parse(all('AWS::ECS::TaskDefinition'));
  const tasks = running.DesiredCount;
  const isPublic = running.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp === 'ENABLED';
  return {
    in: 'tasks',
    tasks,
    cpu: defined.Cpu / 1_024,
    gb: defined.Memory / 1_024,
    publicAddresses: isPublic ? tasks : 0,
  };
}
