import { join } from 'node:path';
import { destination } from 'pino';
import { systemClock } from '../../listener/clock.ts';
import { type DeliveryConfig, readDelivery } from '../../listener/config.ts';
import { eventBusOf } from '../../listener/named-places.ts';
import { createSqsClient } from '../../listener/publish/aws-clients.ts';
import { offloadingBus } from '../../listener/publish/offloading-bus.ts';
import type { ParkedRecord } from '../../listener/publish/parked-text.ts';
import { PARKING_FILE, payloadStoreOf } from '../../listener/storage.ts';
import { MetricsAggregate } from '../../listener/telemetry/aggregate.ts';
import { createLogger } from '../../listener/telemetry/logger.ts';
import { Redactor } from '../../listener/telemetry/redactor.ts';
import { type Environment, EXIT_FAILURE, EXIT_OK, UsageError } from '../exit.ts';
import { FileSource } from './file-source.ts';
import { QueueSource } from './queue-source.ts';
import { type ReplayCounts, Replayer } from './replayer.ts';

export interface ReplayFlags {
  readonly file?: string;
  readonly queueUrl?: string;
  readonly deadLetter?: boolean;
  readonly dryRun?: boolean;
  readonly frames?: boolean;
  readonly json?: boolean;
}

/** So often the SDK asks a queue before the replay fails; nobody else tries again here. */
const QUEUE_ATTEMPTS = 4;

/**
 * Replays what is parked where the flags, or else the environment, say.
 * @returns the exit code: 1 when something failed, which stays parked
 * @throws {ConfigError} for a configuration that can't be used
 */
export async function runReplay(env: Environment, flags: ReplayFlags): Promise<number> {
  // On Node.js 20 the SDK tells of its future plans at each start; that is no matter of whoever replays.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const config = readDelivery({ ...env, LOG_LEVEL: env['LOG_LEVEL'] || 'warn' });
  const clock = systemClock;
  const began = clock.monotonic();
  const looksOnly = flags.dryRun === true || flags.frames === true;
  const source = await sourceOf(config, flags, looksOnly);
  const metrics = new MetricsAggregate();
  const logger = createLogger({
    level: config.logLevel,
    redactor: new Redactor(),
    stream: destination({ dest: 2, sync: true }),
  });
  const store = payloadStoreOf(config, clock);
  const isWatched = process.stderr.isTTY && flags.json !== true;
  const replayer = new Replayer({
    bus: offloadingBus({ bus: eventBusOf(config), store, clock, metrics, logger }),
    payloads: store,
    clock,
    metrics,
    logger,
    looksOnly,
    onProgress: ({ read, published, failed }) => {
      if (isWatched) process.stderr.write(`\r${read} read, ${published} published, ${failed} failed `);
    },
    onFrame: (record) => {
      if (flags.frames) print(frameLine(record));
    },
  });
  // A QueueSource and a FileSource hand out entries of their own, so each is called by its type.
  await (source instanceof QueueSource ? replayer.replay(source) : replayer.replay(source));
  if (isWatched) process.stderr.write('\n');
  const { counts } = replayer;
  const seconds = Math.round((clock.monotonic() - began) / 100) / 10;
  print(
    flags.json
      ? JSON.stringify({ ...counts, seconds })
      : summary(counts, { seconds, name: source.name, looksOnly, listed: flags.frames === true }),
  );
  return counts.failed > 0 ? EXIT_FAILURE : EXIT_OK;
}

/** A file or a queue, as the flags say, or else where the listener of this environment parks. */
async function sourceOf(
  config: DeliveryConfig,
  { file, queueUrl, deadLetter = false }: ReplayFlags,
  looksOnly: boolean,
): Promise<FileSource | QueueSource> {
  if ([file, queueUrl, deadLetter || undefined].filter((flag) => flag !== undefined).length > 1)
    throw new UsageError('--file, --queue-url and --dead-letter exclude each other; give one of them');
  if (file !== undefined) {
    const source = new FileSource(file, { clock: systemClock, looksOnly });
    if (await source.isThere()) return source;
    throw new UsageError(`there is no ${file}; --file takes a file that a listener has parked events in`);
  }
  const { parking } = config.storage;
  if (queueUrl === undefined && parking.in === 'folder') {
    if (!deadLetter)
      return new FileSource(join(parking.folder, PARKING_FILE), { clock: systemClock, looksOnly });
    throw new UsageError(
      '--dead-letter needs PARKING_QUEUE_URL and DEAD_LETTER_QUEUE_URL in the environment, or give --queue-url',
    );
  }
  const url = queueUrl ?? urlOf(parking, deadLetter);
  if (!URL.canParse(url)) throw new UsageError(`"${url}" is no URL; --queue-url takes one of an SQS queue`);
  const { awsRegion: region, awsEndpointUrl: endpoint } = config;
  return new QueueSource(createSqsClient({ region, endpoint, maxAttempts: QUEUE_ATTEMPTS }), url);
}

function urlOf(parking: DeliveryConfig['storage']['parking'], deadLetter: boolean): string {
  if (parking.in === 'folder') return parking.folder;
  return deadLetter ? parking.deadLetterQueueUrl : parking.parkingQueueUrl;
}

/** One frame, whole: it is what a person has to look at. */
function frameLine({ parkedAt, reason, item }: ParkedRecord): string {
  return JSON.stringify({ parkedAt, reason, frame: item });
}

function summary(
  { read, published, failed, frames }: ReplayCounts,
  {
    seconds,
    name,
    looksOnly,
    listed,
  }: { seconds: number; name: string; looksOnly: boolean; listed: boolean },
): string {
  if (read === 0) return `nothing is parked in ${name}`;
  const lines = looksOnly
    ? [`${several(read - failed - frames, 'event')} would be sent again from ${name}`]
    : [`${several(published, 'event')} sent again from ${name} in ${seconds} s`];
  if (failed > 0)
    lines.push(
      `${failed} ${looksOnly ? "can't be read" : 'failed and stay parked'}; standard error has the reasons`,
    );
  if (frames > 0 && !listed)
    lines.push(`${several(frames, 'frame')} can't be replayed: see them with --frames`);
  return lines.join('\n');
}

function several(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
