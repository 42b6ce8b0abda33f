import type { Logger } from 'pino';
import { Bridge } from './bridge.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Config, readConfig } from './config.ts';
import { runtimeOf } from './diagnosis/runtime.ts';
import type { CredentialsSource } from './genesys/credentials.ts';
import { credentialsOf, eventBusOf } from './named-places.ts';
import type { DrainResult } from './publish/publisher.ts';
import { openStorage } from './storage.ts';
import { MetricsAggregate } from './telemetry/aggregate.ts';
import { EmfReporter } from './telemetry/emf.ts';
import { createLogger } from './telemetry/logger.ts';
import { Redactor } from './telemetry/redactor.ts';

/** A listener that is put together and does nothing yet: what it needs of whoever runs it is when to start and to stop. */
export interface PreparedListener {
  readonly config: Config;
  readonly credentials: CredentialsSource;
  readonly bridge: Bridge;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricsAggregate;
  readonly redactor: Redactor;
  /** @param facts what else is worth knowing, for the log */
  start(facts?: Readonly<Record<string, unknown>>): void;
  /** Writes the figures now, since no others of this process may come for a minute of its successor's. */
  report(): void;
  /**
   * Waits for a successor, leaves the socket, publishes or parks what was received, and reports the last figures.
   * @param drainMs how long publishing may take, in milliseconds; what is left then is parked
   * @param handoverMs how long to go on until another listener has taken over, in milliseconds
   */
  stop(drainMs: number, handoverMs: number): Promise<DrainResult>;
}

/**
 * Environment → a listener with everything that it writes to, the same for each way of running one.
 * @throws {ConfigError} for a configuration that can't be used
 */
export function prepareListener(env: Readonly<Record<string, string | undefined>>): PreparedListener {
  const config = readConfig(env);
  const clock = systemClock;
  const redactor = new Redactor();
  const logger = createLogger({ level: config.logLevel, redactor });
  const metrics = new MetricsAggregate();
  const credentials = credentialsOf(config);
  const storage = openStorage(config, { clock, logger, metrics });
  const bridge = new Bridge({
    config,
    credentials,
    bus: eventBusOf(config),
    parking: storage.parking,
    state: storage.state,
    payloads: storage.payloads,
    limits: config.storage,
    timing: config.timing,
    clock,
    logger,
    metrics,
    redactor,
    runtime: runtimeOf(env),
  });
  const emf = new EmfReporter({ aggregate: metrics, clock, shard: config.shard });
  return {
    config,
    credentials,
    bridge,
    clock,
    logger,
    metrics,
    redactor,
    start: (facts = {}) => {
      emf.start();
      logger.info(
        {
          genesysCloud: config.hosts.apiUrl,
          credentials: credentials.description,
          dialect: config.dialect.name,
          topics: config.topics.length,
          eventBus: config.eventBusName,
          awsRegion: config.awsRegion,
          awsEndpoint: config.awsEndpointUrl,
          ...facts,
        },
        'listener started',
      );
      bridge.start();
    },
    report: () => emf.report(),
    stop: async (drainMs, handoverMs) => {
      const result = await bridge.stop(drainMs, handoverMs);
      await storage.close();
      emf.stop();
      return result;
    },
  };
}
