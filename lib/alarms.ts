import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { AlarmDefinition } from './alarm-definitions.ts';

export interface BridgeAlarmsProps {
  /** Prefix of every alarm's name. */
  readonly name: string;
  readonly definitions: readonly AlarmDefinition[];
  readonly email: string | undefined;
  /** Where docs/runbook.md can be read. */
  readonly runbookUrl: string;
}

/** The alarms, and the topic that they and their ends are told to. */
export class BridgeAlarms extends Construct {
  readonly alarms: readonly Alarm[];
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: BridgeAlarmsProps) {
    super(scope, id);
    this.topic = this.#topic(props.email);
    const action = new SnsAction(this.topic);
    this.alarms = props.definitions.map((definition) => {
      const name = definition.shard === undefined ? definition.id : `${definition.id}-${definition.shard}`;
      const alarm = new Alarm(this, name, {
        alarmName: `${props.name}-${name}`,
        alarmDescription: `${definition.cause} First: ${definition.firstStep} Runbook: ${props.runbookUrl}#${definition.id}`,
        metric: definition.metric,
        threshold: definition.threshold,
        comparisonOperator:
          definition.when === 'below'
            ? ComparisonOperator.LESS_THAN_THRESHOLD
            : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: definition.periods,
        treatMissingData: definition.missing,
      });
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
      return alarm;
    });
  }

  #topic(email: string | undefined): Topic {
    const topic = new Topic(this, 'Topic', { displayName: 'Conversation Bridge', enforceSSL: true });
    // A policy of one's own takes the place of the one that lets the account's services in.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Alarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}
