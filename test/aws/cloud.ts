import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { Emulator } from './emulator.ts';

const envelope = z.looseObject({
  source: z.string(),
  'detail-type': z.string(),
  detail: z.record(z.string(), z.unknown()),
});

/** What lay in a queue: the event as a rule's target receives it. */
export type ReceivedEvent = z.infer<typeof envelope>;

/** What the checks ask of AWS, by its own SDK. */
export class Cloud {
  readonly #events: EventBridgeClient;
  readonly #queues: SQSClient;
  readonly #secrets: SecretsManagerClient;

  constructor({ endpoint, region }: Emulator) {
    const settings = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    this.#events = new EventBridgeClient(settings);
    this.#queues = new SQSClient(settings);
    this.#secrets = new SecretsManagerClient(settings);
  }

  async createSecret(name: string, value: string): Promise<void> {
    await this.#secrets.send(new CreateSecretCommand({ Name: name, SecretString: value }));
  }

  async createBus(name: string): Promise<void> {
    await this.#events.send(new CreateEventBusCommand({ Name: name }));
  }

  /** Makes a queue and a rule that fills it with the events that match. */
  async createQueueWithRule(bus: string, name: string, pattern: object): Promise<string> {
    const { QueueUrl } = await this.#queues.send(new CreateQueueCommand({ QueueName: name }));
    const { Attributes } = await this.#queues.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    await this.#events.send(
      new PutRuleCommand({ EventBusName: bus, Name: name, EventPattern: JSON.stringify(pattern) }),
    );
    const Targets = [{ Id: name, Arn: Attributes?.QueueArn ?? '' }];
    await this.#events.send(new PutTargetsCommand({ EventBusName: bus, Rule: name, Targets }));
    if (QueueUrl === undefined) throw new Error(`the queue ${name} has no URL`);
    return QueueUrl;
  }

  /** Takes everything out of a queue. */
  async takeAll(queueUrl: string): Promise<ReceivedEvent[]> {
    const received: ReceivedEvent[] = [];
    for (;;) {
      const { Messages = [] } = await this.#queues.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return received;
      received.push(...Messages.map(({ Body }) => envelope.parse(JSON.parse(Body ?? ''))));
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await this.#queues.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  }

  /** Whether EventBridge says that a pattern matches an event. */
  async matches(pattern: object, event: object): Promise<boolean> {
    const { Result } = await this.#events.send(
      new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event: JSON.stringify(event) }),
    );
    return Result ?? false;
  }
}
