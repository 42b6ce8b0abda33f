import { ArnFormat, CfnResource, Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { relayDefinition } from './relay-definition.ts';

/** How long nobody may run before somebody looks. */
const LOOK_EVERY = Duration.minutes(2);

export interface RelayProps {
  /** Of the state machine and the schedule. */
  readonly name: string;
  readonly functionName: string;
  readonly relayed: IFunction;
}

/**
 * Keeps a relayed listener running: a state machine that starts it again and again, and a schedule that starts the state
 * machine. Where it runs already, what the schedule has started leaves at once.
 */
export class Relay extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { name, functionName, relayed }: RelayProps) {
    super(scope, id);
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: name,
      definitionBody: DefinitionBody.fromString(JSON.stringify(relayDefinition(functionName))),
    });
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [relayed.functionArn] }),
    );
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ['states:ListExecutions', 'states:StartExecution'],
        resources: [relayArn(this, name)],
      }),
    );
    const resource = this.stateMachine.node.defaultChild;
    // The construct library has it wait for its role in so many words, though it refers to it anyway.
    if (CfnResource.isCfnResource(resource))
      resource.addMetadata('cfn-lint', { config: { ignore_checks: ['W3005'] } });
    Validations.of(this.stateMachine).acknowledge(
      {
        id: 'AwsSolutions-SF1',
        reason:
          'Step Functions keeps the history for 90 days, and the log of the listener tells of each turn.',
      },
      {
        id: 'AwsSolutions-SF2',
        reason: 'A trace of a quarter of an hour shows nothing that the history does not.',
      },
    );
    new Schedule(this, 'Watchdog', {
      scheduleName: name,
      description: 'Starts the relay where it does not run',
      schedule: ScheduleExpression.rate(LOOK_EVERY),
      // What fails is made up for by the next time.
      target: new StepFunctionsStartExecution(this.stateMachine, { retryAttempts: 0 }),
    });
  }
}

/** Lets a listener call back the relays of these names: tokens of other state machines are no good to it. */
export function grantCallback(listener: Role, names: readonly string[]): void {
  listener.addToPolicy(
    new PolicyStatement({
      actions: ['states:SendTaskFailure', 'states:SendTaskHeartbeat', 'states:SendTaskSuccess'],
      resources: names.map((name) => relayArn(listener, name)),
    }),
  );
}

/** By name, since a state machine can't refer to itself, nor its function to it. */
function relayArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: name,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
