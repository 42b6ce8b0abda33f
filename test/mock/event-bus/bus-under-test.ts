import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandOutput,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { onTestFinished } from 'vitest';
import type { BusEvent } from '../../../mock/event-bus/bus-event.ts';
import {
  type LocalEventBus,
  type LocalEventBusOptions,
  startLocalEventBus,
} from '../../../mock/event-bus/local-event-bus.ts';

interface BusUnderTest {
  readonly bus: LocalEventBus;
  /** Sends one request by the AWS SDK, without retries. */
  put(entries: PutEventsRequestEntry[] | undefined, signal?: AbortSignal): Promise<PutEventsCommandOutput>;
  /** The next event that the bus takes. */
  nextEvent(): Promise<BusEvent>;
}

/** A bus of its own for one test, and a client for it; both are gone when the test ends. */
export async function busUnderTest(options: LocalEventBusOptions = {}): Promise<BusUnderTest> {
  const bus = await startLocalEventBus(options);
  const client = new EventBridgeClient({
    endpoint: bus.url,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await bus.close();
  });
  return {
    bus,
    put: (entries, signal) =>
      client.send(new PutEventsCommand({ Entries: entries }), signal ? { abortSignal: signal } : {}),
    nextEvent: () =>
      new Promise((resolve) => {
        const stop = bus.onEvent((event) => {
          stop();
          resolve(event);
        });
      }),
  };
}

/** An entry that the bus takes, with changes. */
export function anEntry(changes: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry {
  return { Source: 'test', DetailType: 'Tested', Detail: '{"n":1}', ...changes };
}

/** So many good entries, numbered from 0 in `detail.n`. */
export function entries(count: number): PutEventsRequestEntry[] {
  return Array.from({ length: count }, (_, n) => anEntry({ Detail: JSON.stringify({ n }) }));
}
