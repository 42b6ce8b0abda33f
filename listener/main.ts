import type { Logger } from 'pino';
import { describeError } from './errors.ts';
import { CredentialsError, type CredentialsSource } from './genesys/credentials.ts';
import { prepareListener } from './prepared-listener.ts';
import { startHangWatch } from './telemetry/hang-watch.ts';
import { serveHealth } from './telemetry/health.ts';

/** How long publishing may go on after the signal to stop, in milliseconds; containers are killed after 30 s by default. */
const DRAIN_DEADLINE_MS = 20_000;

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
  const listener = prepareListener(env);
  const { config, bridge, logger } = listener;
  await checkCredentials(listener.credentials, logger, patient);
  const health = await serveHealth(bridge, config.healthPort, config.healthPortMayMove);
  const endHangWatch = startHangWatch({ logger, metrics: listener.metrics });
  const cause = untilStopped(logger, (stop) => {
    let published = 0;
    bridge.onPublished(() => {
      published++;
      if (published === stopAfter) stop();
    });
  });
  listener.start({ health: health.url });
  const ended = await cause;
  const handoverMs = ended === 'told' ? config.timing.handoverMs : 0;
  const { lost } = await listener.stop(DRAIN_DEADLINE_MS, handoverMs);
  await health.close();
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
