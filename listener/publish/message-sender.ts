import { type BatchResultErrorEntry, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { BridgeError } from '../errors.ts';

/** SQS takes at most this many messages a request (API reference, SendMessageBatch). */
const MAX_MESSAGES = 10;

/** The most bytes of a message, and of all messages of a request together (API reference, SendMessageBatch). */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** A message could not be put into the queue. */
export class QueueParkingError extends BridgeError {
  readonly code = 'QueueParkingFailed';
  readonly canRetry = true;
}

interface Message {
  readonly body: string;
  readonly bytes: number;
  readonly sent: () => void;
  readonly failed: (error: QueueParkingError) => void;
}

/** Puts messages into one queue, as many in a request as fit; the result of each is its own. */
export class MessageSender {
  readonly #client: SQSClient;
  readonly #queueUrl: string;
  readonly #waiting: Message[] = [];
  #sending = false;

  constructor(client: SQSClient, queueUrl: string) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  /**
   * Resolves once the queue has taken the message.
   * @param body at most `MAX_MESSAGE_BYTES`
   * @throws {QueueParkingError} with the reason of this message
   */
  send(body: string): Promise<void> {
    return new Promise((sent, failed) => {
      this.#waiting.push({ body, bytes: Buffer.byteLength(body), sent, failed });
      if (!this.#sending) void this.#sendAll();
    });
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    // One turn of the event loop lets messages that come together share a request.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#sendBatch(this.#takeBatch());
    this.#sending = false;
  }

  #takeBatch(): Message[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((message, index) => {
      bytes += message.bytes;
      return index === MAX_MESSAGES || (index > 0 && bytes > MAX_MESSAGE_BYTES);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #sendBatch(batch: readonly Message[]): Promise<void> {
    const command = new SendMessageBatchCommand({
      QueueUrl: this.#queueUrl,
      Entries: batch.map(({ body }, index) => ({ Id: String(index), MessageBody: body })),
    });
    try {
      const { Successful = [], Failed = [] } = await this.#client.send(command);
      const sent = new Set(Successful.map(({ Id }) => Id));
      const reasons = new Map(Failed.map((entry) => [entry.Id, reasonOf(entry)]));
      for (const [index, message] of batch.entries()) {
        const id = String(index);
        if (sent.has(id)) message.sent();
        else
          message.failed(new QueueParkingError(reasons.get(id) ?? 'the queue did not say what became of it'));
      }
    } catch (cause) {
      const error = new QueueParkingError(`could not put messages into ${this.#queueUrl}`, { cause });
      for (const message of batch) message.failed(error);
    }
  }
}

function reasonOf({ Code, Message }: BatchResultErrorEntry): string {
  return Message === undefined
    ? `the queue refused it: ${Code}`
    : `the queue refused it: ${Code}: ${Message}`;
}
