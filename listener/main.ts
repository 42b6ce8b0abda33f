import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Logger } from 'pino';
import { Bridge } from './bridge.ts';
import { systemClock } from './clock.ts';
import { type Config, readConfig } from './config.ts';
import { runtimeOf } from './diagnosis/runtime.ts';
import { describeError } from './errors.ts';
import {
  CredentialsError,
  type CredentialsSource,
  fixedCredentials,
  secretsManagerCredentials,
} from './genesys/credentials.ts';
import type { EventBus } from './publish/event-bus.ts';
import { createEventBridgeBus, createEventBridgeClient } from './publish/eventbridge-bus.ts';
import { openStorage } from './storage.ts';
import { MetricsAggregate } from './telemetry/aggregate.ts';
import { EmfReporter } from './telemetry/emf.ts';
import { startHangWatch } from './telemetry/hang-watch.ts';
import { serveHealth } from './telemetry/health.ts';
import { createLogger } from './telemetry/logger.ts';
import { Redactor } from './telemetry/redactor.ts';

/** How long publishing may go on after the signal to stop, in milliseconds; containers are killed after 30 s by default. */
const DRAIN_DEADLINE_MS = 20_000;

/** The credentials that the configuration names. */
export function credentialsOf(config: Config): CredentialsSource {
  const { credentials, awsRegion, awsEndpointUrl } = config;
  if (credentials.from === 'environment') return fixedCredentials(credentials);
  const client = new SecretsManagerClient({
    region: awsRegion,
    ...(awsEndpointUrl === undefined ? {} : { endpoint: awsEndpointUrl }),
  });
  return secretsManagerCredentials(client, credentials.secretId);
}

/** The event bus that the configuration names. */
export function eventBusOf(config: Pick<Config, 'eventBusName' | 'awsRegion' | 'awsEndpointUrl'>): EventBus {
  const { eventBusName, awsRegion: region, awsEndpointUrl: endpoint } = config;
  const client = createEventBridgeClient({ region, ...(endpoint === undefined ? {} : { endpoint }) });
  return createEventBridgeBus({ client, eventBusName });
}

export interface RunOptions {
  /** Stop after so many published events. */
  readonly stopAfter?: number | undefined;
  /** Wait for a secret to be mended, since whoever started this would only start it again. */
  readonly patient?: boolean;
}

/**
 * Runs a listener until a signal stops it, or `stopAfter` events are published.
 * @returns the exit code: 0, or 1 when something was lost
 * @throws {ConfigError} for a configuration that can't be used
 * @throws {CredentialsError} for a secret of the wrong format, unless `patient`
 */
export async function runListener(
  env: Readonly<Record<string, string | undefined>>,
  { stopAfter, patient = false }: RunOptions = {},
): Promise<number> {
  const config = readConfig(env);
  const clock = systemClock;
  const redactor = new Redactor();
  const logger = createLogger({ level: config.logLevel, redactor });
  const metrics = new MetricsAggregate();
  const credentials = credentialsOf(config);
  await checkCredentials(credentials, logger, patient);
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
  const health = await serveHealth(bridge, config.healthPort, config.healthPortMayMove);
  const emf = new EmfReporter({ aggregate: metrics, clock, shard: config.shard });
  emf.start();
  const endHangWatch = startHangWatch({ logger, metrics });
  const cause = untilStopped(logger, (stop) => {
    let published = 0;
    bridge.onPublished(() => {
      published++;
      if (published === stopAfter) stop();
    });
  });
  logger.info(
    {
      genesysCloud: config.hosts.apiUrl,
      credentials: credentials.description,
      dialect: config.dialect.name,
      topics: config.topics.length,
      eventBus: config.eventBusName,
      awsRegion: config.awsRegion,
      awsEndpoint: config.awsEndpointUrl,
      health: health.url,
    },
    'listener started',
  );
  bridge.start();
  const ended = await cause;
  const handoverMs = ended === 'told' ? config.timing.handoverMs : 0;
  const { lost } = await bridge.stop(DRAIN_DEADLINE_MS, handoverMs);
  await health.close();
  await storage.close();
  emf.stop();
  await endHangWatch();
  return lost > 0 || ended === 'crash' ? 1 : 0;
}

/** A secret of the wrong format is the operator's mistake and said at once; one that isn't there yet may come. */
async function checkCredentials(
  credentials: CredentialsSource,
  logger: Logger,
  patient: boolean,
): Promise<void> {
  try {
    await credentials.read();
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    if (error.code === 'CredentialsMalformed' && !patient) throw error;
    logger.warn({ cause: describeError(error) }, 'no credentials yet; the listener waits for them');
  }
}

/** Resolves at the first signal, or at an error that nobody caught: then the state is unknown and a restart is due. */
function untilStopped(logger: Logger, otherwise: (stop: () => void) => void): Promise<'told' | 'crash'> {
  return new Promise((resolve) => {
    otherwise(() => resolve('told'));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        logger.info({ signal }, 'stopping');
        resolve('told');
      });
    }
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        logger.fatal({ err: error }, 'an error that nobody caught; stopping');
        resolve('crash');
      });
    }
  });
}
