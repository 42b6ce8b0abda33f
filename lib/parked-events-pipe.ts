import { Stack } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SOURCE } from '../listener/contract/vocabulary.ts';

/**
 * How a parked message becomes the event it was: each a path into the message, whose body the pipe reads as JSON.
 * Source: EventBridge, "Pipes targets" (dynamic path parameters) and "Pipes input transformation".
 */
const EVENT_OF_MESSAGE = {
  source: '$.body.item.source',
  detailType: '$.body.item.detailType',
  time: '$.body.item.time',
};
const DETAIL_OF_MESSAGE = '<$.body.item.detail>';

export interface ParkedEventsPipeProps {
  readonly name: string;
  readonly queue: Queue;
  readonly bus: EventBus;
}

/**
 * Puts parked events on the bus again, under their own ids.
 *
 * It has no filter: a pipe deletes what its filter leaves out. A message that makes no event fails instead, and comes to
 * rest in the queue's dead-letter queue. The construct library has no stable construct for pipes, so this is the plain resource.
 */
export class ParkedEventsPipe extends Construct {
  constructor(scope: Construct, id: string, { name, queue, bus }: ParkedEventsPipeProps) {
    super(scope, id);
    const stack = Stack.of(this);
    // Its rights are part of the role, since the pipe is refused when it is made before it has them.
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('pipes.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': stack.account,
            'aws:SourceArn': stack.formatArn({ service: 'pipes', resource: 'pipe', resourceName: name }),
          },
        },
      }),
      inlinePolicies: {
        Replay: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
              resources: [queue.queueArn],
            }),
            new PolicyStatement({
              actions: ['events:PutEvents'],
              resources: [bus.eventBusArn],
              conditions: { StringEquals: { 'events:source': SOURCE } },
            }),
          ],
        }),
      },
    });
    new CfnPipe(this, 'Resource', {
      name,
      description: 'Puts parked events on the bus again',
      roleArn: role.roleArn,
      source: queue.queueArn,
      // One at a time, so that one which can't be sent holds up no other.
      sourceParameters: { sqsQueueParameters: { batchSize: 1 } },
      target: bus.eventBusArn,
      targetParameters: {
        eventBridgeEventBusParameters: EVENT_OF_MESSAGE,
        inputTemplate: DETAIL_OF_MESSAGE,
      },
    });
  }
}
