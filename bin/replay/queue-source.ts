import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Entry, ReplaySource } from './source.ts';

/** How long a message that was received is hidden from others, in seconds; publishing takes a minute at most. */
const HIDDEN_SECONDS = 300;
/** SQS hands out and takes back at most this many at a time. */
const MAX_MESSAGES = 10;
/** Messages come in no order, so that enough are gathered to put those of a conversation in order. */
const BATCH_MESSAGES = 200;
const BATCH_LENGTH = 16_000_000;

interface Message extends Entry {
  readonly id: string;
  readonly receipt: string;
}

/** An SQS queue that `QueueParking` fills. A message is deleted when the bus has the event, and not before. */
export class QueueSource implements ReplaySource<Message> {
  readonly name: string;
  readonly #client: SQSClient;
  /** The newest receipt of each message that stays, by the message's id. */
  readonly #kept = new Map<string, string>();

  constructor(client: SQSClient, queueUrl: string) {
    this.#client = client;
    this.name = queueUrl;
  }

  async *batches(): AsyncGenerator<readonly Message[]> {
    for (;;) {
      const batch = await this.#gather();
      if (batch.length === 0) return;
      yield batch;
    }
  }

  async done(messages: readonly Message[]): Promise<void> {
    for (const some of tens(messages)) {
      const { Failed = [] } = await this.#client.send(
        new DeleteMessageBatchCommand({
          QueueUrl: this.name,
          Entries: some.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt })),
        }),
      );
      const [first] = Failed;
      if (first !== undefined)
        throw new Error(`${Failed.length} messages were published and could not be deleted: ${first.Code}`);
    }
  }

  async keep(message: Message): Promise<void> {
    this.#kept.set(message.id, message.receipt);
  }

  async finish(): Promise<void> {}

  /** What stays parked may be received again at once. */
  async close(): Promise<void> {
    const kept = [...this.#kept.values()];
    this.#kept.clear();
    for (const some of tens(kept)) {
      await this.#client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: this.name,
          Entries: some.map((receipt, index) => ({
            Id: String(index),
            ReceiptHandle: receipt,
            VisibilityTimeout: 0,
          })),
        }),
      );
    }
  }

  async #gather(): Promise<Message[]> {
    const gathered: Message[] = [];
    let length = 0;
    while (gathered.length < BATCH_MESSAGES && length < BATCH_LENGTH) {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.name,
          MaxNumberOfMessages: MAX_MESSAGES,
          VisibilityTimeout: HIDDEN_SECONDS,
          // A short poll asks only some of SQS's servers, and may find nothing where something is.
          WaitTimeSeconds: 1,
        }),
      );
      if (Messages.length === 0) break;
      for (const { MessageId: id = '', ReceiptHandle: receipt = '', Body: text = '' } of Messages) {
        const message = { id, receipt, text };
        // Kept, hidden no longer and received again: a long replay must not go round in circles.
        if (this.#kept.has(id)) this.#kept.set(id, receipt);
        else gathered.push(message);
        length += text.length;
      }
      if (gathered.length === 0) break;
    }
    return gathered;
  }
}

function* tens<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += MAX_MESSAGES) yield all.slice(start, start + MAX_MESSAGES);
}
