import { join } from 'node:path';
import { CfnResource, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ShardConfig, StackConfig } from './config.ts';
import type { EmptySecret } from './empty-secret.ts';
import { LAMBDA_BUNDLING } from './lambda-bundling.ts';
import { type ListenerResources, listenerEnvironment } from './listener-environment.ts';

const ROOT = join(import.meta.dirname, '..');

export interface DoctorFunctionProps {
  readonly config: StackConfig;
  readonly shard: ShardConfig;
  readonly secret: EmptySecret;
  readonly resources: ListenerResources;
  readonly logRetention: RetentionDays;
}

/** The doctor in Lambda, with a listener's settings and secret: some sockets break there and nowhere else. */
export class DoctorFunction extends Construct {
  readonly functionName: string;

  constructor(
    scope: Construct,
    id: string,
    { config, shard, secret, resources, logRetention }: DoctorFunctionProps,
  ) {
    super(scope, id);
    this.functionName = `${config.name}-doctor-${shard.name}`;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/${config.name}/doctor/${shard.name}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // AWS_REGION is Lambda's to set.
    const { AWS_REGION: _, ...environment } = listenerEnvironment(config, shard, resources);
    const doctor = new NodejsFunction(this, 'Function', {
      functionName: this.functionName,
      description: 'Finds out why the socket of a listener closes, or does not open',
      entry: join(ROOT, 'lambda/doctor/handler.ts'),
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      projectRoot: ROOT,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.minutes(5),
      environment: { ...environment, NODE_OPTIONS: '--enable-source-maps' },
      bundling: LAMBDA_BUNDLING,
      logGroup,
      tracing: Tracing.ACTIVE,
      retryAttempts: 0,
    });
    secret.grantRead(doctor);
    const resource = doctor.node.defaultChild;
    if (CfnResource.isCfnResource(resource))
      resource.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
    Validations.of(doctor).acknowledge(
      {
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
        reason: 'It allows writing logs and nothing else.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'xray:PutTraceSegments and PutTelemetryRecords take no other resource.',
      },
    );
  }
}
