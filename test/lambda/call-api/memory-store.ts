import {
  IdempotencyItemAlreadyExistsError,
  IdempotencyItemNotFoundError,
} from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, type IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';

/** An idempotency table in memory, with the condition that Powertools puts on a write to DynamoDB. */
export class MemoryStore extends BasePersistenceLayer {
  readonly records = new Map<string, IdempotencyRecord>();
  /** Thrown by the next write. */
  failure: Error | undefined;

  protected async _getRecord(key: string): Promise<IdempotencyRecord> {
    const record = this.records.get(key);
    if (record === undefined) throw new IdempotencyItemNotFoundError();
    return record;
  }

  protected async _putRecord(record: IdempotencyRecord): Promise<void> {
    this.#fail();
    const existing = this.records.get(record.idempotencyKey);
    if (existing !== undefined && !isOver(existing))
      throw new IdempotencyItemAlreadyExistsError('exists', existing);
    this.records.set(record.idempotencyKey, record);
  }

  protected async _updateRecord(record: IdempotencyRecord): Promise<void> {
    this.#fail();
    this.records.set(record.idempotencyKey, record);
  }

  protected async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    this.#fail();
    this.records.delete(record.idempotencyKey);
  }

  #fail(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }
}

function isOver(record: IdempotencyRecord): boolean {
  const abandoned =
    record.getStatus() === 'INPROGRESS' && (record.inProgressExpiryTimestamp ?? Infinity) < Date.now();
  return record.isExpired() || abandoned;
}
