import { destination } from 'pino';
import { Bridge } from '../../listener/bridge.ts';
import { systemClock } from '../../listener/clock.ts';
import { type Config, readConfig } from '../../listener/config.ts';
import { credentialsOf, eventBusOf } from '../../listener/named-places.ts';
import type { EventBus } from '../../listener/publish/event-bus.ts';
import type { ParkingLot } from '../../listener/publish/parking.ts';
import { openStorage, type Storage } from '../../listener/storage.ts';
import { MetricsAggregate } from '../../listener/telemetry/aggregate.ts';
import { serveHealth } from '../../listener/telemetry/health.ts';
import { createLogger } from '../../listener/telemetry/logger.ts';
import { Redactor } from '../../listener/telemetry/redactor.ts';
import type { LocalEventBus } from '../../mock/event-bus/local-event-bus.ts';
import { type Environment, EXIT_FAILURE, EXIT_OK } from '../exit.ts';
import { formatEvent, viewEvent } from './event-line.ts';
import { greeting } from './greeting.ts';
import { Ledger } from './ledger.ts';
import { type MockOrganisation, startLocalBus, startMockOrganisation } from './stand-ins.ts';
import { formatSummary, percentile, type Summary } from './summary.ts';

export interface LaptopOptions {
  /** Stop after so many published notifications; undefined: at a signal. */
  readonly events: number | undefined;
  /** Conversation updates a second. */
  readonly rate: number;
  readonly seed: number;
  readonly json: boolean;
  /** Play Genesys Cloud; otherwise the environment names an organisation. */
  readonly mockOrganisation: boolean;
  /** Play the event bus; otherwise the environment names one. */
  readonly localBus: boolean;
}

const DRAIN_DEADLINE_MS = 10_000;
/** The latencies of so many events are kept for the percentiles, the newest. */
const LATENCIES_KEPT = 100_000;

/**
 * Runs the real listener on this machine, with stand-ins for what is not given, and shows what happens.
 * @returns the exit code: 1 when something was lost
 */
export async function runOnLaptop(env: Environment, options: LaptopOptions): Promise<number> {
  // On Node.js 20 the SDK tells of its future plans at each start; here nobody deploys anything.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const organisation = options.mockOrganisation
    ? await startMockOrganisation({ seed: options.seed, rate: options.rate })
    : undefined;
  const config = readConfig(laptopEnvironment(env, organisation));
  const local = options.localBus ? await startLocalBus() : undefined;
  const run = new LaptopRun(config, options, organisation, local?.server, local?.bus ?? eventBusOf(config));
  try {
    return await run.untilDone();
  } finally {
    organisation?.centre.stop();
    await organisation?.genesys.close();
    await local?.server.close();
  }
}

/** What is not set is filled in with the stand-ins' addresses, a free port and quiet logs. */
function laptopEnvironment(env: Environment, organisation: MockOrganisation | undefined): Environment {
  const quiet = { LOG_LEVEL: env['LOG_LEVEL'] || 'warn', HEALTH_PORT: env['HEALTH_PORT'] || '0' };
  if (organisation === undefined) return { ...env, ...quiet };
  return {
    ...env,
    ...quiet,
    GENESYSCLOUD_OAUTHCLIENT_ID: organisation.credentials.clientId,
    GENESYSCLOUD_OAUTHCLIENT_SECRET: organisation.credentials.clientSecret,
    GENESYSCLOUD_LOGIN_URL: organisation.hosts.loginUrl,
    GENESYSCLOUD_API_URL: organisation.hosts.apiUrl,
    TOPICS: 'queues:*',
  };
}

class LaptopRun {
  readonly #config: Config;
  readonly #options: LaptopOptions;
  readonly #organisation: MockOrganisation | undefined;
  readonly #server: LocalEventBus | undefined;
  readonly #metrics = new MetricsAggregate();
  readonly #ledger = new Ledger();
  readonly #latencies: number[] = [];
  readonly #storage: Storage;
  readonly #bridge: Bridge;
  #events = 0;

  constructor(
    config: Config,
    options: LaptopOptions,
    organisation: MockOrganisation | undefined,
    server: LocalEventBus | undefined,
    bus: EventBus,
  ) {
    this.#config = config;
    this.#options = options;
    this.#organisation = organisation;
    this.#server = server;
    const redactor = new Redactor();
    const logger = createLogger({
      level: config.logLevel,
      redactor,
      stream: destination({ dest: 2, sync: true }),
    });
    this.#storage = openStorage(config, { clock: systemClock, logger, metrics: this.#metrics });
    // Its state would be of no use to the next run, which plays another organisation.
    this.#bridge = new Bridge({
      config,
      credentials: credentialsOf(config),
      bus,
      parking: this.#watched(this.#storage.parking),
      payloads: this.#storage.payloads,
      limits: config.storage,
      timing: config.timing,
      clock: systemClock,
      logger,
      metrics: this.#metrics,
      redactor,
    });
  }

  async untilDone(): Promise<number> {
    const started = systemClock.monotonic();
    const health = await serveHealth(this.#bridge, this.#config.healthPort);
    const { json } = this.#options;
    if (!json) print(this.#greeting(health.url));
    this.#server?.onEvent((event) => {
      this.#readWire();
      if (typeof event.detail['topicName'] === 'string') this.#ledger.taken(event.detailText);
    });
    const done = this.#untilEnough();
    this.#organisation?.centre.start();
    this.#bridge.start();
    await done;
    this.#organisation?.centre.stop();
    const books = await this.#bridge.stop(DRAIN_DEADLINE_MS);
    await health.close();
    await this.#storage.close();
    this.#readWire();
    const seconds = Math.round((systemClock.monotonic() - started) / 100) / 10;
    const summary = this.#summary(books, seconds);
    print(json ? JSON.stringify(summary) : formatSummary(summary));
    return summary.lost > 0 ? EXIT_FAILURE : EXIT_OK;
  }

  #greeting(healthUrl: string): string {
    const { hosts, eventBusName, awsRegion } = this.#config;
    const { rate, seed, events } = this.#options;
    const centre = this.#organisation?.centre;
    return greeting({
      genesysUrl: hosts.apiUrl,
      mock: centre && { queues: centre.queues.length, agents: centre.agents.length, rate, seed },
      localBusUrl: this.#server?.url,
      eventBus: `${eventBusName} in ${awsRegion}`,
      healthUrl,
      events,
    });
  }

  /** Resolves when enough events were published, or at a signal. */
  #untilEnough(): Promise<void> {
    const { events, json } = this.#options;
    const names = new Map(this.#organisation?.centre.queues.map(({ id, name }) => [id, name]));
    const colour = !json && process.stdout.isTTY && !process.env['NO_COLOR'];
    return new Promise((resolve) => {
      this.#bridge.onPublished((event, _busEventId, latencyMs) => {
        const view = viewEvent(event, latencyMs, (id) => names.get(id));
        print(json ? JSON.stringify(view) : formatEvent(view, colour));
        if (view.connection !== undefined) return;
        this.#latencies.push(latencyMs);
        if (this.#latencies.length > LATENCIES_KEPT) this.#latencies.shift();
        this.#events++;
        if (this.#events === events) resolve();
      });
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
  }

  #readWire(): void {
    const record = this.#organisation?.genesys.record;
    if (record === undefined) return;
    for (const entry of record) this.#ledger.written(entry);
    record.clear();
  }

  /** What the mock wrote against what the bus holds; with a real organisation or bus, the publisher's books are all there is. */
  #summary(books: Bridge['stats'], seconds: number): Summary {
    const compared = this.#organisation !== undefined && this.#server !== undefined;
    const { published, parked, lost, duplicates } = compared
      ? this.#ledger.outcome()
      : { published: this.#events, parked: books.parked, lost: books.lost, duplicates: 0 };
    return {
      received: this.#metrics.total('NotificationsReceived'),
      published,
      parked,
      lost,
      duplicates,
      echoes: this.#metrics.total('EchoesMatched'),
      latencyMs: { p50: percentile(this.#latencies, 0.5), p99: percentile(this.#latencies, 0.99) },
      seconds,
    };
  }

  #watched(parking: ParkingLot): ParkingLot {
    return {
      park: async (item, reason) => {
        await parking.park(item, reason);
        this.#readWire();
        if (item.kind === 'event') this.#ledger.parked(item.detail);
      },
    };
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
