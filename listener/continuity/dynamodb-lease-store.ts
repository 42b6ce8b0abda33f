import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Logger } from 'pino';
import { z } from 'zod';
import { BridgeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { parseLeaseRecord, standInFor } from './lease-record.ts';
import type { LeaseRecord, LeaseStore } from './lease-store.ts';
import { partitionOf } from './state-table.ts';

export interface DynamoDbLeaseStoreOptions {
  /** From `createStateTableClient`. */
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly shard: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The table could not be read or written. */
export class DynamoDbLeaseError extends BridgeError {
  readonly code = 'DynamoDbLeaseFailed';
  readonly canRetry = true;
}

const nonceSchema = z.looseObject({ nonce: z.string() });

/** Stands for the nonce of an item that has none. */
const NO_NONCE = '';

/** A shard's lease in an item of a DynamoDB table, under `pk` = `shard#<shard>` and `sk` = `lease`. */
export class DynamoDbLeaseStore implements LeaseStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #key: { readonly pk: string; readonly sk: string };
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  #saidUnreadable = false;

  constructor({ client, tableName, shard, logger, metrics }: DynamoDbLeaseStoreOptions) {
    this.#client = client;
    this.#tableName = tableName;
    this.#key = { pk: partitionOf(shard), sk: 'lease' };
    this.#logger = logger;
    this.#metrics = metrics;
  }

  /** @throws {DynamoDbLeaseError} with the SDK's error as its cause */
  async read(): Promise<LeaseRecord | undefined> {
    const command = new GetCommand({ TableName: this.#tableName, Key: this.#key, ConsistentRead: true });
    const item = await this.#send('read', async () => (await this.#client.send(command)).Item);
    if (item === undefined) return undefined;
    const record = parseLeaseRecord(item);
    if (record !== undefined) return record;
    const standIn = standInFor(item, nonceSchema.safeParse(item).data?.nonce ?? NO_NONCE);
    // It is looked at every second, and stays until somebody takes the lease over.
    if (!this.#saidUnreadable) {
      this.#logger.error({ key: this.#key }, 'the lease could not be read');
      this.#metrics.count('StateUnreadable');
    }
    this.#saidUnreadable = true;
    return standIn;
  }

  /** @throws {DynamoDbLeaseError} with the SDK's error as its cause */
  async swap(expectedNonce: string | undefined, next: LeaseRecord): Promise<boolean> {
    const command = new PutCommand({
      TableName: this.#tableName,
      Item: { ...this.#key, ...next },
      ...conditionOn(expectedNonce),
    });
    return this.#send('write', async () => {
      try {
        await this.#client.send(command);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    });
  }

  async #send<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      throw new DynamoDbLeaseError(`could not ${what} the lease in the table ${this.#tableName}`, { cause });
    }
  }
}

function conditionOn(expectedNonce: string | undefined) {
  if (expectedNonce === undefined) return { ConditionExpression: 'attribute_not_exists(pk)' };
  const ExpressionAttributeNames = { '#nonce': 'nonce' };
  if (expectedNonce === NO_NONCE) {
    const ConditionExpression = 'attribute_exists(pk) AND attribute_not_exists(#nonce)';
    return { ConditionExpression, ExpressionAttributeNames };
  }
  return {
    ConditionExpression: '#nonce = :expected',
    ExpressionAttributeNames,
    ExpressionAttributeValues: { ':expected': expectedNonce },
  };
}
