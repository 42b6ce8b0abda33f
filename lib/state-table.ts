import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** What the listener does with its lease and its checkpoint, and no more: it never scans, and never changes the table. */
const CALLS = ['GetItem', 'PutItem', 'DeleteItem', 'Query', 'BatchWriteItem'].map(
  (action) => `dynamodb:${action}`,
);

/** Who publishes, and how far it has come: leases and checkpoints, each shard's under a key of its own. */
export class StateTable extends Construct {
  readonly tableName: string;
  readonly #table: Table;

  constructor(scope: Construct, id: string, { name }: { readonly name: string }) {
    super(scope, id);
    this.#table = new Table(this, 'Table', {
      tableName: `${name}-state`,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
      billingMode: BillingMode.PAY_PER_REQUEST,
      // Without its checkpoint a listener begins anew: versions from 1, and a gap that nobody sees.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.tableName = this.#table.tableName;
  }

  /** Lets a shard's listener keep its own lease and checkpoint, and neither see nor touch another shard's. */
  grantShard(listener: IGrantable, shard: string): void {
    listener.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: CALLS,
        resources: [this.#table.tableArn],
        conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [`shard#${shard}`] } },
      }),
    );
  }
}
