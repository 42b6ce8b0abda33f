import { createHash } from 'node:crypto';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { MAX_MESSAGE_BYTES, MessageSender } from './message-sender.ts';
import { isJsonObject, type ParkedRecord, parkedMessage, parkedReference } from './parked-text.ts';
import type { ParkedItem, ParkingLot, ParkingReason } from './parking.ts';
import { parkingPlace } from './parking-place.ts';
import type { Payload, PayloadStore } from './payload-store.ts';

export interface QueueParkingOptions {
  /** From `createSqsClient`, or another that doesn't retry. */
  readonly client: SQSClient;
  /** For what may go through later: its messages can be put on the bus as they are. */
  readonly parkingQueueUrl: string;
  /** For what was refused for good, and what a queue can't hold as a whole. */
  readonly deadLetterQueueUrl: string;
  /** Takes payloads, and items that are larger than a message. */
  readonly store: PayloadStore;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * A parking lot of two SQS queues. The message is what `parkedMessage` makes of an item.
 * On the parking queue every message is complete and can be sent by itself; an event whose payload could not
 * be stored carries it, and waits on the dead-letter queue for a replay.
 */
export class QueueParking implements ParkingLot {
  readonly #options: QueueParkingOptions;
  readonly #parking: MessageSender;
  readonly #deadLetter: MessageSender;

  constructor(options: QueueParkingOptions) {
    this.#options = options;
    this.#parking = new MessageSender(options.client, options.parkingQueueUrl);
    this.#deadLetter = new MessageSender(options.client, options.deadLetterQueueUrl);
  }

  /**
   * @throws {QueueParkingError} the queue did not take it
   * @throws {BridgeError} an item larger than a message could not be stored
   */
  async park(item: ParkedItem, reason: ParkingReason): Promise<void> {
    const parkedAt = new Date(this.#options.clock.now()).toISOString();
    const record = { parkedAt, reason, item: await this.#withoutPayload(item) };
    const message = parkedMessage(record);
    if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) return this.#parkElsewhere(record, message);
    return this.#senderFor(record.item, reason).send(message);
  }

  /** Nothing but a replay can follow the reference. */
  async #parkElsewhere({ parkedAt, reason, item }: ParkedRecord, message: string): Promise<void> {
    const id =
      item.kind === 'event'
        ? item.eventId
        : createHash('sha256').update(item.body).digest('hex').slice(0, 32);
    const itemRef = this.#options.store.refOf(`parked-${id}`);
    await this.#options.store.put({ ref: itemRef, body: message });
    await this.#deadLetter.send(parkedReference({ parkedAt, reason, itemRef }));
  }

  #senderFor(item: ParkedItem, reason: ParkingReason): MessageSender {
    const complete = item.kind === 'event' && item.payload === undefined && isJsonObject(item.detail);
    return complete && parkingPlace(item, reason) === 'parking' ? this.#parking : this.#deadLetter;
  }

  /** An event whose payload is stored needs it no longer. */
  async #withoutPayload(item: ParkedItem): Promise<ParkedItem> {
    if (item.kind === 'frame' || item.payload === undefined) return item;
    const { payload, ...rest } = item;
    return (await this.#isStored(payload)) ? rest : item;
  }

  async #isStored(payload: Payload): Promise<boolean> {
    const { store, metrics, logger } = this.#options;
    try {
      await store.put(payload);
      return true;
    } catch (error) {
      metrics.count('PayloadFailures');
      logger.warn(
        { cause: describeError(error) },
        'a payload could not be stored: it is parked with its event',
      );
      return false;
    }
  }
}
