import { Duration, Validations } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ParkedEventsPipe } from './parked-events-pipe.ts';

/** SQS takes no larger ones, and no longer time. Source: SQS, "Message quotas". */
const LARGEST_MESSAGE = 1_048_576;
const LONGEST_RETENTION = Duration.days(14);

/** With five attempts, time for EventBridge to come back: most of an hour. */
const BETWEEN_ATTEMPTS = Duration.minutes(10);
const ATTEMPTS = 5;

export interface ParkingQueuesProps {
  /** Prefix of the names of what is made. */
  readonly name: string;
  readonly bus: EventBus;
}

/**
 * Where the listener puts what it can't publish. What failed for now waits in `parked` until a pipe has put it on the
 * bus; what is refused for good, what is no event, and what the pipe fails at lies in `deadLetters` for somebody to look at.
 */
export class ParkingQueues extends Construct {
  readonly parked: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { name, bus }: ParkingQueuesProps) {
    super(scope, id);
    const common = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: LONGEST_RETENTION,
      maxMessageSizeBytes: LARGEST_MESSAGE,
    };
    this.deadLetters = new Queue(this, 'DeadLetters', { ...common, queueName: `${name}-dead-letters` });
    this.parked = new Queue(this, 'Parked', {
      ...common,
      queueName: `${name}-parked`,
      visibilityTimeout: BETWEEN_ATTEMPTS,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: ATTEMPTS },
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue.',
    });
    new ParkedEventsPipe(this, 'Pipe', { name: `${name}-parked`, queue: this.parked, bus });
  }

  /** Lets a listener park, and not take back: that is the pipe's and the operator's. */
  grantPark(listener: IGrantable): void {
    listener.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [this.parked.queueArn, this.deadLetters.queueArn],
      }),
    );
  }
}
