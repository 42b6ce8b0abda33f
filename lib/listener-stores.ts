import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { StackConfig } from './config.ts';
import type { ListenerResources } from './listener-environment.ts';
import { ParkingQueues } from './parking-queues.ts';
import { PayloadBucket } from './payload-bucket.ts';
import { StateTable } from './state-table.ts';

export interface ListenerStoresProps {
  readonly config: Pick<StackConfig, 'name' | 'consumers' | 'retention'>;
  readonly bus: EventBus;
}

/** All that the listeners keep, outside of their containers, which keep nothing. */
export class ListenerStores extends Construct {
  readonly resources: ListenerResources;
  readonly parking: ParkingQueues;
  readonly #state: StateTable;
  readonly #payloads: PayloadBucket;

  constructor(scope: Construct, id: string, { config, bus }: ListenerStoresProps) {
    super(scope, id);
    const { name, consumers, retention } = config;
    this.#state = new StateTable(this, 'State', { name });
    this.parking = new ParkingQueues(this, 'Parking', { name, bus });
    this.#payloads = new PayloadBucket(this, 'Payloads', { consumers, days: retention.payloadDays });
    this.resources = {
      stateTable: this.#state.tableName,
      parkingQueueUrl: this.parking.parked.queueUrl,
      deadLetterQueueUrl: this.parking.deadLetters.queueUrl,
      payloadBucket: this.#payloads.bucketName,
    };
  }

  /** What a shard's listener may do with them: its own lease and checkpoint; parking; putting bodies. */
  grantShard(listener: IRole, shard: string): void {
    this.#state.grantShard(listener, shard);
    this.parking.grantPark(listener);
    this.#payloads.grantPut(listener);
  }
}
