import { CfnOutput, Fn, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { Cluster, type ContainerImage, ContainerInsights, type ICluster } from 'aws-cdk-lib/aws-ecs';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { acceptFindings } from './accepted-findings.ts';
import { type AlarmDefinition, consumerAlarms, listenerAlarms, silenceAlarm } from './alarm-definitions.ts';
import { BridgeAlarms } from './alarms.ts';
import { ApiCaller } from './api-caller.ts';
import type { ShardConfig, StackConfig } from './config.ts';
import { continuityAlarms } from './continuity-alarms.ts';
import { BridgeDashboard } from './dashboard.ts';
import { DoctorFunction } from './doctor-function.ts';
import { EmptySecret } from './empty-secret.ts';
import { BridgeEventBus } from './event-bus.ts';
import { FargateListener } from './fargate-listener.ts';
import { ListenerStores } from './listener-stores.ts';
import { ListenerNetwork } from './network.ts';
import { parkingAlarms } from './parking-alarms.ts';
import { relayAlarms } from './relay-alarms.ts';
import { RelayedListener } from './relayed-listener.ts';
import { SchemaRegistry } from './schema-registry.ts';

export interface BridgeStackProps extends StackProps {
  readonly config: StackConfig;
  /** The listener's, for arm64. */
  readonly image: ContainerImage;
}

/** The whole way: secret → listener → bus → rule → function → API, with a dashboard and alarms. */
export class BridgeStack extends Stack {
  readonly #config: StackConfig;

  constructor(scope: Construct, id: string, { config, image, ...props }: BridgeStackProps) {
    super(scope, id, {
      description:
        'Conversation Bridge: conversation updates of Genesys Cloud as events of Amazon EventBridge',
      ...props,
      env: { region: config.region, ...(config.account === undefined ? {} : { account: config.account }) },
    });
    this.#config = config;
    const logRetention = config.retention.logsDays;
    const { bus } = new BridgeEventBus(this, 'EventBus', {
      name: config.name,
      consumers: config.consumers,
      archiveDays: config.retention.archiveDays,
      debugRule: config.debugRule,
      logRetention,
    });
    // With topics for detail-types there is no event that these would be the schemas of.
    if (config.detailType === 'contract') {
      new SchemaRegistry(this, 'Schemas', { name: config.name, consumers: config.consumers });
      this.#output('SchemaRegistryName', config.name, 'Schemas of the events, for code bindings');
    }
    const stores = new ListenerStores(this, 'Stores', { config, bus });
    const relayed = config.shape === 'relay' ? this.#relayedListeners(bus, stores) : undefined;
    const listeners = relayed ?? this.#listeners(bus, stores, image);
    const apiCaller =
      config.api === undefined
        ? undefined
        : new ApiCaller(this, 'ApiCaller', { name: config.name, bus, api: config.api, logRetention });
    const alarms = new BridgeAlarms(this, 'Alarms', {
      name: config.name,
      definitions: [
        ...this.#alarmDefinitions(stores, apiCaller),
        ...(relayed === undefined ? [] : relayAlarms(relayed)),
      ],
      email: config.alarms.email,
      runbookUrl: config.alarms.runbookUrl,
    });
    const { dashboard } = new BridgeDashboard(this, 'Dashboard', {
      name: config.name,
      eventBusName: bus.eventBusName,
      listeners,
      parking: stores.parking,
      apiCaller,
      alarms: alarms.alarms,
    });
    this.#output('EventBusArn', bus.eventBusArn, 'For the rules of consumers');
    this.#output(
      'PayloadBucketName',
      stores.resources.payloadBucket,
      'Where bodies are that were too large for an event',
    );
    this.#output('AlarmTopicArn', alarms.topic.topicArn, 'Subscribe here to be told of alarms');
    this.#output('DashboardName', dashboard.dashboardName, 'In CloudWatch');
    if (apiCaller !== undefined)
      this.#output('FailedEventsQueueUrl', apiCaller.failedEvents.queueUrl, 'Events that the API never got');
    acceptFindings(this);
  }

  /** Subnets are spread by number, not by name, so that synthesising asks no account for its zones. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }

  #listeners(bus: EventBus, stores: ListenerStores, image: ContainerImage): Map<string, FargateListener> {
    const config = this.#config;
    const logRetention = config.retention.logsDays;
    const network = new ListenerNetwork(this, 'Network', { network: config.network, logRetention });
    for (const [index, address] of network.fixedAddresses.entries())
      this.#output(`Address${index}`, address, 'Genesys Cloud sees the listener under this address');
    const cluster = this.#cluster(network);
    const listeners = new Map<string, FargateListener>();
    for (const { shard, secret } of this.#shardsWithSecrets()) {
      const props = { config, shard, cluster, network, image, bus, secret, stores, logRetention };
      const listener = new FargateListener(this, `Listener-${shard.name}`, props);
      listeners.set(shard.name, listener);
      this.#doctor(shard, secret, stores);
      this.#doctorTask(shard, listener, network);
    }
    return listeners;
  }

  #relayedListeners(bus: EventBus, stores: ListenerStores): Map<string, RelayedListener> {
    const config = this.#config;
    const logRetention = config.retention.logsDays;
    const listeners = new Map<string, RelayedListener>();
    for (const { shard, secret } of this.#shardsWithSecrets()) {
      const props = { config, shard, bus, secret, stores, logRetention };
      listeners.set(shard.name, new RelayedListener(this, `Listener-${shard.name}`, props));
      this.#doctor(shard, secret, stores);
    }
    return listeners;
  }

  /** Each shard with its secret, of which several may have the same. */
  *#shardsWithSecrets(): Generator<{ readonly shard: ShardConfig; readonly secret: EmptySecret }> {
    const secrets = new Map<string, EmptySecret>();
    for (const shard of this.#config.shards) {
      const secret = secrets.get(shard.secretName) ?? this.#secret(shard.secretName, secrets.size);
      secrets.set(shard.secretName, secret);
      yield { shard, secret };
    }
  }

  /** The doctor in Lambda. */
  #doctor(shard: ShardConfig, secret: EmptySecret, { resources }: ListenerStores): void {
    const config = this.#config;
    const logRetention = config.retention.logsDays;
    const { functionName } = new DoctorFunction(this, `Doctor-${shard.name}`, {
      config,
      shard,
      secret,
      resources,
      logRetention,
    });
    this.#output(
      `DoctorFunction${shard.name}`,
      `aws lambda invoke --function-name ${functionName} --cli-read-timeout 300 report.json`,
      'Runs the doctor in Lambda',
    );
  }

  /** The doctor in place, as a task of the listener's. */
  #doctorTask(shard: ShardConfig, { service }: FargateListener, network: ListenerNetwork): void {
    const { name } = this.#config;
    const subnets = Fn.join(
      ',',
      network.subnets.map(({ subnetId }) => subnetId),
    );
    const [group] = service.connections.securityGroups;
    const publicIp = network.assignPublicIp ? 'ENABLED' : 'DISABLED';
    const overrides = '{"containerOverrides":[{"name":"listener","command":["doctor.mjs"]}]}';
    this.#output(
      `DoctorTask${shard.name}`,
      `aws ecs run-task --cluster ${name} --launch-type FARGATE --task-definition ${name}-listener-${shard.name} --network-configuration 'awsvpcConfiguration={subnets=[${subnets}],securityGroups=[${group?.securityGroupId ?? ''}],assignPublicIp=${publicIp}}' --overrides '${overrides}'`,
      'Runs the doctor with the network, role and secret of the listener; what it finds is in the log of the listener',
    );
  }

  #cluster({ vpc }: ListenerNetwork): ICluster {
    const cluster = new Cluster(this, 'Cluster', {
      clusterName: this.#config.name,
      vpc,
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    Validations.of(cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason:
        'CPU and memory of a service come without Container Insights, and whether its task lives is what ConnectionLive tells; Insights would cost as much as the task.',
    });
    return Cluster.fromClusterAttributes(this, 'ClusterByName', { clusterName: cluster.clusterName, vpc });
  }

  #secret(secretName: string, index: number): EmptySecret {
    this.#output(`SecretName${index}`, secretName, 'Put {"clientId":"...","clientSecret":"..."} here');
    return new EmptySecret(this, `Secret${index}`, {
      secretName,
      description: 'OAuth client of Genesys Cloud: {"clientId":"...","clientSecret":"..."}',
    });
  }

  #alarmDefinitions({ parking }: ListenerStores, apiCaller: ApiCaller | undefined): AlarmDefinition[] {
    const { name, businessHours, standby, dialect } = this.#config;
    const shards = this.#config.shards.map((shard) => shard.name);
    return [
      ...listenerAlarms(shards, { heartbeats: dialect.mode === 'channels' }),
      ...continuityAlarms(shards, { standby }),
      ...parkingAlarms(parking),
      ...(businessHours.enabled ? [silenceAlarm(shards, businessHours, new Date().getUTCFullYear())] : []),
      ...(apiCaller === undefined ? [] : consumerAlarms(apiCaller, name)),
    ];
  }

  #output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
