import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Archive, CfnEventBusPolicy, EventBus, type IRuleTarget, Match, Rule } from 'aws-cdk-lib/aws-events';
import {
  AccountPrincipal,
  type IPrincipal,
  OrganizationPrincipal,
  PolicyStatement,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { SOURCE } from '../listener/contract/vocabulary.ts';
import type { ConsumersConfig } from './config.ts';

/** What it takes to keep a rule on another account's bus. Source: EventBridge, "Permissions for event buses". */
const MANAGE_RULES = [
  'PutRule',
  'DeleteRule',
  'DescribeRule',
  'EnableRule',
  'DisableRule',
  'PutTargets',
  'RemoveTargets',
  'ListTargetsByRule',
  'TagResource',
  'UntagResource',
  'ListTagsForResource',
].map((action) => `events:${action}`);

export interface BridgeEventBusProps {
  readonly name: string;
  readonly consumers: ConsumersConfig;
  readonly archiveDays: number;
  readonly logRetention: RetentionDays;
  readonly debugRule: boolean;
}

/**
 * The bus, its archive, who may put rules on it, and a rule that shows everything.
 *
 * It is encrypted with a key that AWS owns. A key of one's own would encrypt other teams' rules, too, so that each of
 * them needs rights on the key, and a mistake in its policy would stop all events; EventBridge's schema discovery
 * does not work with one. Source: EventBridge, "Encrypting event buses".
 */
export class BridgeEventBus extends Construct {
  readonly bus: EventBus;
  /** Off unless it is configured; it can be enabled in the console for as long as it is needed. */
  readonly debugRule: Rule;

  constructor(scope: Construct, id: string, props: BridgeEventBusProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: props.name,
      description: 'Conversation updates of Genesys Cloud',
    });
    new Archive(this, 'Archive', {
      sourceEventBus: this.bus,
      archiveName: props.name,
      description: 'For replays, after a consumer was down or wrong',
      eventPattern: { source: [SOURCE] },
      retention: Duration.days(props.archiveDays),
    });
    for (const account of props.consumers.accounts)
      this.#letManageRules(`Account${account}`, new AccountPrincipal(account));
    if (props.consumers.organisation !== undefined)
      this.#letManageRules('Organisation', new OrganizationPrincipal(props.consumers.organisation));
    this.debugRule = this.#showEverything(props);
  }

  /** Rules of their own, and only those; never PutEvents, so nobody else can speak in the bridge's name. */
  #letManageRules(sid: string, principal: IPrincipal): void {
    const statement = new PolicyStatement({
      sid,
      principals: [principal],
      actions: MANAGE_RULES,
      resources: [
        Stack.of(this).formatArn({
          service: 'events',
          resource: 'rule',
          resourceName: `${this.bus.eventBusName}/*`,
        }),
      ],
      // "IfExists": a rule that is being created has no creator yet.
      conditions: { StringEqualsIfExists: { 'events:creatorAccount': `\${aws:PrincipalAccount}` } },
    });
    new CfnEventBusPolicy(this, sid, {
      eventBusName: this.bus.eventBusName,
      statementId: sid,
      statement: statement.toStatementJson(),
    });
  }

  #showEverything({ name, debugRule, logRetention }: BridgeEventBusProps): Rule {
    const logGroup = new LogGroup(this, 'DebugLog', {
      logGroupName: `/aws/events/${name}/debug`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const rule = new Rule(this, 'DebugRule', {
      eventBus: this.bus,
      ruleName: `${name}-debug`,
      description:
        'Writes every event to a log group. The log then holds personal data: switch it off again.',
      enabled: debugRule,
      eventPattern: { source: Match.prefix('') },
      targets: [toLogGroup(logGroup)],
    });
    const principals = [
      new ServicePrincipal('events.amazonaws.com'),
      new ServicePrincipal('delivery.logs.amazonaws.com'),
    ];
    const resources = [logGroup.logGroupArn];
    logGroup.addToResourcePolicy(
      new PolicyStatement({ principals, actions: ['logs:CreateLogStream'], resources }),
    );
    logGroup.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ['logs:PutLogEvents'],
        resources,
        conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
      }),
    );
    return rule;
  }
}

/** CDK's own target for log groups brings a custom resource with a Lambda and rights of its own for the policy alone. */
function toLogGroup(logGroup: LogGroup): IRuleTarget {
  return {
    bind: () => ({
      arn: Stack.of(logGroup).formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: logGroup.logGroupName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    }),
  };
}
