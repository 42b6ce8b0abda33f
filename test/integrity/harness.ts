import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { Bridge, type BridgeDependencies } from '../../listener/bridge.ts';
import type { DialectConfig } from '../../listener/config.ts';
import { createEventBridgeBus, createEventBridgeClient } from '../../listener/publish/eventbridge-bus.ts';
import { FileParking } from '../../listener/publish/file-parking.ts';
import { MetricsAggregate } from '../../listener/telemetry/aggregate.ts';
import { type LocalEventBusOptions, startLocalEventBus } from '../../mock/event-bus/local-event-bus.ts';
import { type OrganisationOptions, specs, startOrganisation } from '../listener/genesys/organisation.ts';
import { until } from '../until.ts';

const ParkedLine = z.object({
  reason: z.object({ code: z.string(), message: z.string() }),
  item: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('event'), detail: z.string(), eventId: z.string() }),
    z.object({ kind: z.literal('frame'), encoding: z.enum(['utf8', 'base64']), body: z.string() }),
  ]),
});

export interface BridgeHarnessOptions extends OrganisationOptions {
  /** What to subscribe to; all queues unless said. May depend on the queues and agents that there are. */
  readonly topics?: readonly string[] | ((organisation: OrganisationOf) => readonly string[]);
  readonly bus?: LocalEventBusOptions;
  /** Channels unless said. May depend on the address of the org socket. */
  readonly dialect?: (organisation: OrganisationOf) => DialectConfig;
  /** What it shares with a standby or keeps elsewhere, and how it is tuned. */
  readonly tuning?: Pick<BridgeDependencies, 'state' | 'payloads' | 'limits' | 'timing'>;
}

type OrganisationOf = Awaited<ReturnType<typeof startOrganisation>>;

/** The whole way from mock to bus: real sockets, the real AWS SDK, a parking file; one clock that a test moves. */
export async function startBridge(options: BridgeHarnessOptions = {}) {
  const organisation = await startOrganisation(options);
  const { clock, listenerClock, credentials, hosts, logger, metrics, redactor, centre, mock } = organisation;
  const server = await startLocalEventBus({ clock, ...options.bus });
  const client = createEventBridgeClient({
    region: 'ap-northeast-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  });
  const folder = await mkdtemp(join(tmpdir(), 'parking-'));
  const parkingFile = join(folder, 'parked.jsonl');
  const parking = new FileParking({ path: parkingFile, clock });
  const topics = options.topics ?? ['queues:*'];
  const dependencies: BridgeDependencies = {
    ...options.tuning,
    config: {
      hosts,
      dialect: options.dialect?.(organisation) ?? { name: 'channels' },
      topics: specs(...(typeof topics === 'function' ? topics(organisation) : topics)),
      topicsRefreshMs: 300_000,
      shard: '0',
      detailTypeMode: 'contract',
    },
    credentials,
    bus: createEventBridgeBus({ client, eventBusName: 'conversation-bridge' }),
    parking,
    clock: listenerClock,
    logger,
    metrics,
    redactor,
  };
  const bridge = new Bridge(dependencies);
  // Timers of the drain fire by the clock, so that it has to move until the bridge has stopped.
  const stopped = async (which: Bridge, handoverMs = 0) => {
    let isOver = false;
    const result = which.stop(1_000, handoverMs).finally(() => {
      isOver = true;
    });
    while (!isOver) await organisation.elapse(100, 100);
    return result;
  };
  const stop = () => stopped(bridge);
  const all = [bridge];
  onTestFinished(async () => {
    for (const each of all) await stopped(each);
    await parking.close();
    await rm(folder, { recursive: true });
    client.destroy();
    await server.close();
  });

  return {
    ...organisation,
    server,
    bridge,
    parkingFile,
    stop,
    stopped,
    /** Another listener of the same shard, live. */
    startAnother: async () => {
      const own = new MetricsAggregate();
      const another = new Bridge({ ...dependencies, metrics: own });
      all.push(another);
      another.start();
      await until(() => another.sessionState === 'live');
      return { bridge: another, metrics: own };
    },
    /** Starts it and waits until it is live. */
    goLive: async () => {
      bridge.start();
      await until(() => bridge.sessionState === 'live');
    },
    /** Lets so many updates happen, a few at a time with a moment in between. */
    live: async (updates: number) => {
      for (let done = 0; done < updates; done += 5) {
        for (let n = 0; n < 5; n++) centre.step();
        await organisation.elapse(20, 20);
      }
    },
    /** Moves time on until nothing is on its way any more. */
    flow: async () => {
      await organisation.settle();
      await organisation.elapseUntil(() => bridge.stats.pending === 0, 50);
    },
    /** What lies in the parking file. */
    parked: async () => {
      const text = await readFile(parkingFile, 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => ParkedLine.parse(JSON.parse(line)));
    },
    /** Every notification that the mock wrote, and how many events on the bus carry it. */
    deliveries: () => {
      const carried = new Map<string, number>();
      for (const { detail } of server.events) {
        const key = occurrenceOf(detail);
        if (key !== undefined) carried.set(key, (carried.get(key) ?? 0) + 1);
      }
      const written = [...mock.record].map(({ text }) => occurrenceOf(JSON.parse(text)));
      return new Map([...new Set(written)].map((key) => [key, carried.get(key ?? '') ?? 0]));
    },
  };
}

export type BridgeHarness = Awaited<ReturnType<typeof startBridge>>;

const Titled = z.object({
  topicName: z.string(),
  metadata: z.object({ CorrelationId: z.string() }),
});

/** One change in one shape, whichever queue or user topic carries it. */
function occurrenceOf(frame: unknown): string | undefined {
  const parsed = Titled.safeParse(frame);
  if (!parsed.success) return undefined;
  const { topicName, metadata } = parsed.data;
  const shape = topicName.replace(/^v2\.(routing\.queues|users)\.[^.]+\.conversations/, 'conversations');
  return `${metadata.CorrelationId} ${shape}`;
}
