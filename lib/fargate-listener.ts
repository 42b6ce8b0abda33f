import { Duration, RemovalPolicy, Size, Validations } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AvailabilityZoneRebalancing,
  AwsLogDriverMode,
  Capability,
  type ContainerImage,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { SOURCE } from '../listener/contract/vocabulary.ts';
import type { ShardConfig, StackConfig } from './config.ts';
import type { ShownListener } from './dashboard.ts';
import type { EmptySecret } from './empty-secret.ts';
import { HEALTH_PORT, listenerEnvironment } from './listener-environment.ts';
import type { ListenerStores } from './listener-stores.ts';
import type { ListenerNetwork } from './network.ts';

/** Liveness only: a restart mends a process that hangs, not a missing secret, a 401 or Genesys Cloud being down. */
const HEALTH_CHECK = `fetch('http://127.0.0.1:${HEALTH_PORT}/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))`;

export interface FargateListenerProps {
  readonly config: StackConfig;
  readonly shard: ShardConfig;
  readonly cluster: ICluster;
  readonly network: ListenerNetwork;
  readonly image: ContainerImage;
  readonly bus: EventBus;
  readonly secret: EmptySecret;
  readonly stores: ListenerStores;
  readonly logRetention: RetentionDays;
}

/** One shard: a service whose tasks are all connected, and of which the one that holds the shard's lease publishes. */
export class FargateListener extends Construct implements ShownListener {
  readonly service: FargateService;
  readonly liveStatistic = Stats.MINIMUM;
  readonly usage = {
    title: 'Use of the tasks (%)',
    most: 100,
    metrics: (shard: string) => [
      this.service.metricCpuUtilization({ label: `CPU ${shard}` }),
      this.service.metricMemoryUtilization({ label: `memory ${shard}` }),
    ],
  };
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: FargateListenerProps) {
    super(scope, id);
    const { config, shard, network } = props;
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/${config.name}/listener/${shard.name}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const taskDefinition = this.#taskDefinition(props);
    this.service = new FargateService(this, 'Service', {
      serviceName: `listener-${shard.name}`,
      cluster: props.cluster,
      taskDefinition,
      desiredCount: config.standby ? 2 : 1,
      // The new tasks are up before the old ones are told to stop, so that the lease and the stream go from one to the other.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      // A standby is worth most in another zone; a single task has nothing to balance.
      availabilityZoneRebalancing: config.standby
        ? AvailabilityZoneRebalancing.ENABLED
        : AvailabilityZoneRebalancing.DISABLED,
      circuitBreaker: { rollback: true },
      vpcSubnets: { subnets: network.subnets },
      assignPublicIp: network.assignPublicIp,
      securityGroups: [network.securityGroup],
    });
    if (network.connectivity !== undefined) this.service.node.addDependency(network.connectivity);
  }

  #taskDefinition({
    config,
    shard,
    image,
    bus,
    secret,
    stores,
  }: FargateListenerProps): FargateTaskDefinition {
    const definition = new FargateTaskDefinition(this, 'Task', {
      family: `${config.name}-listener-${shard.name}`,
      cpu: 256,
      memoryLimitMiB: 512,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    definition.addContainer('listener', {
      image,
      environment: listenerEnvironment(config, shard, stores.resources),
      user: 'node',
      readonlyRootFilesystem: true,
      linuxParameters: this.#linuxParameters(),
      // Fargate's longest, for the handover and what is still to be published when the task is told to stop.
      stopTimeout: Duration.seconds(120),
      healthCheck: {
        command: ['CMD', 'node', '-e', HEALTH_CHECK],
        interval: Duration.seconds(30),
        timeout: Duration.seconds(10),
        retries: 3,
        startPeriod: Duration.seconds(60),
      },
      // Metrics ride on the log. In blocking mode a log service that can't be reached would hold up the process, and
      // with it the heartbeats of the socket: updates would be lost. Here log lines are lost instead, once 25 MiB wait
      // (days of them, when all is well), and metrics that stay away raise an alarm.
      logging: LogDrivers.awsLogs({
        streamPrefix: 'listener',
        logGroup: this.logGroup,
        mode: AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: Size.mebibytes(25),
      }),
    });
    secret.grantRead(definition.taskRole);
    definition.addToTaskRolePolicy(
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [bus.eventBusArn],
        conditions: { StringEquals: { 'events:source': SOURCE } },
      }),
    );
    stores.grantShard(definition.taskRole, shard.name);
    Validations.of(definition).acknowledge(
      {
        id: 'AwsSolutions-ECS2',
        reason:
          'The variables are settings, none of them secret; the OAuth client is read from Secrets Manager at run time.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason:
          'ecr:GetAuthorizationToken takes no other resource; pulling is limited to the one repository.',
      },
    );
    return definition;
  }

  #linuxParameters(): LinuxParameters {
    const parameters = new LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    parameters.dropCapabilities(Capability.ALL);
    return parameters;
  }
}
