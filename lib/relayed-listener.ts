import { join } from 'node:path';
import { CfnResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { SOURCE } from '../listener/contract/vocabulary.ts';
import type { ShardConfig, StackConfig } from './config.ts';
import type { ShownListener } from './dashboard.ts';
import type { EmptySecret } from './empty-secret.ts';
import { LAMBDA_BUNDLING } from './lambda-bundling.ts';
import { listenerEnvironment } from './listener-environment.ts';
import type { ListenerStores } from './listener-stores.ts';
import { grantCallback, Relay } from './relay.ts';
import { RELAY_TIMES } from './relay-definition.ts';

const ROOT = join(import.meta.dirname, '..');

export interface RelayedListenerProps {
  readonly config: StackConfig;
  readonly shard: ShardConfig;
  readonly bus: EventBus;
  readonly secret: EmptySecret;
  readonly stores: ListenerStores;
  readonly logRetention: RetentionDays;
}

/** One shard without a container: a function that is the listener for a quarter of an hour, and what keeps it running. */
export class RelayedListener extends Construct implements ShownListener {
  // One that ends says so.
  readonly liveStatistic = Stats.MAXIMUM;
  readonly usage = {
    title: 'Relays that run',
    metrics: (shard: string) => [
      this.function.metric('ConcurrentExecutions', { label: `relays ${shard}`, statistic: Stats.MAXIMUM }),
    ],
  };
  readonly function: IFunction;
  readonly relays: readonly Relay[];
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: RelayedListenerProps) {
    super(scope, id);
    const { config, shard } = props;
    const name = `${config.name}-listener-${shard.name}`;
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/${config.name}/listener/${shard.name}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const names = config.standby ? [name, `${name}-standby`] : [name];
    const role = this.#role(props);
    grantCallback(role, names);
    this.function = this.#function(name, role, props);
    this.relays = names.map(
      (each, index) =>
        new Relay(this, `Relay${index}`, { name: each, functionName: name, relayed: this.function }),
    );
  }

  #function(functionName: string, role: Role, props: RelayedListenerProps): NodejsFunction {
    const { config, shard, stores } = props;
    // AWS_REGION is Lambda's to set, and nobody asks for its health.
    const {
      AWS_REGION: _,
      HEALTH_PORT: __,
      ...environment
    } = listenerEnvironment(config, shard, stores.resources);
    const listener = new NodejsFunction(this, 'Function', {
      functionName,
      description: 'The listener, for as long as an invocation lasts',
      entry: join(ROOT, 'lambda/relay/handler.ts'),
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      projectRoot: ROOT,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // CPU comes with memory: this is a little more than the container has.
      memorySize: 512,
      timeout: Duration.seconds(RELAY_TIMES.invocation),
      environment: { ...environment, NODE_OPTIONS: '--enable-source-maps' },
      bundling: LAMBDA_BUNDLING,
      logGroup: this.logGroup,
      role,
      // The state machine starts another one, and knows better when.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    });
    const resource = listener.node.defaultChild;
    if (CfnResource.isCfnResource(resource))
      resource.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
    return listener;
  }

  #role({ shard, bus, secret, stores }: RelayedListenerProps): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(role);
    secret.grantRead(role);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [bus.eventBusArn],
        conditions: { StringEquals: { 'events:source': SOURCE } },
      }),
    );
    stores.grantShard(role, shard.name);
    return role;
  }
}
