import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { pino } from 'pino';
import type { Clock } from '../listener/clock.ts';
import { Checkpointer } from '../listener/continuity/checkpointer.ts';
import { DynamoDbCheckpointStore } from '../listener/continuity/dynamodb-checkpoint-store.ts';
import { createStateTableClient } from '../listener/continuity/state-table.ts';
import { bodyDigest } from '../listener/contract/identity.ts';
import { MetricsAggregate } from '../listener/telemetry/aggregate.ts';

/*
 * What it costs to keep checkpoints in DynamoDB, beside what EventBridge takes for the events themselves. The real
 * checkpointer writes to a table that only counts; time is made up.
 */

const UPDATES = 12;
const CONVERSATION_MS = 300_000;
const ROUND_MS = 2_000;
/** Until as many conversations end and are forgotten as begin. */
const WARM_UP_MS = 2 * CONVERSATION_MS + 60_000;
/** Many bases long, so that it doesn't matter where one begins. */
const MEASURED_MS = 1_200_000;

/** Dollars for a million: of events of up to 64 KB, and of writes of up to 1 KB to a table on demand. */
const EVENTS_PRICE = 1;
const WRITES_PRICE = 0.715;
/** A lease of 3 s is renewed every second, by an item of less than 1 KB. */
const LEASE_UNITS = 1;

interface Tally {
  bytes: number;
  units: number;
  bases: number;
}

/** A client that counts what it is to write, as DynamoDB does, instead of sending it. */
function countingClient(tally: Tally): DynamoDBDocumentClient {
  const client = createStateTableClient({ region: 'ap-northeast-1' });
  client.middlewareStack.add(
    () => async (args) => {
      const put = new PutCommand(Object.assign({ TableName: '', Item: {} }, args.input));
      const bytes = itemBytes(put.input.Item ?? {});
      tally.bytes += bytes;
      tally.units += Math.ceil(bytes / 1024);
      if (String(put.input.Item?.['sk']).endsWith('#head')) tally.bases++;
      return { output: { $metadata: {} }, response: {} };
    },
    { step: 'initialize', priority: 'high' },
  );
  return client;
}

function itemBytes(item: Readonly<Record<string, unknown>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + name.length + valueBytes(value), 0);
}

function valueBytes(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  return typeof value === 'number' ? Math.ceil(String(value).length / 2) + 1 : String(value).length;
}

/** The conversations of a contact centre: each begins in its turn and is updated evenly until it ends. */
function* updatesIn(fromMs: number, toMs: number, perSecond: number) {
  const everyMs = (1_000 * UPDATES) / perSecond;
  const stepMs = CONVERSATION_MS / (UPDATES - 1);
  for (let n = Math.max(0, Math.floor((fromMs - CONVERSATION_MS) / everyMs)); n * everyMs < toMs; n++) {
    for (let version = 1; version <= UPDATES; version++) {
      const at = n * everyMs + (version - 1) * stepMs;
      if (at >= fromMs && at < toMs) yield { n, version, at };
    }
  }
}

async function measure(perSecond: number): Promise<Tally> {
  const tally: Tally = { bytes: 0, units: 0, bases: 0 };
  const startedAt = Date.parse('2026-01-05T09:00:00Z');
  let elapsed = 0;
  const clock: Clock = {
    now: () => startedAt + elapsed,
    monotonic: () => elapsed,
    // Rounds are made by hand.
    after: () => () => {},
    sleep: async () => {},
  };
  const logger = pino({ level: 'error' });
  const metrics = new MetricsAggregate();
  const store = new DynamoDbCheckpointStore({
    client: countingClient(tally),
    tableName: 'state',
    shard: '0',
    clock,
    logger,
    metrics,
  });
  const checkpointer = new Checkpointer({ store, clock, logger, metrics, lowWatermark: clock.now });
  await checkpointer.begin(startedAt, undefined);
  while (elapsed < WARM_UP_MS + MEASURED_MS) {
    for (const { n, version, at } of updatesIn(elapsed, elapsed + ROUND_MS, perSecond)) {
      const id = bodyDigest(`conversation ${n}`);
      const parts = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)];
      checkpointer.settled({
        key: parts.join('-'),
        version,
        digest: bodyDigest(`body ${n} ${version}`),
        revision: bodyDigest(`state ${n} ${version}`),
        receivedAt: startedAt + Math.round(at),
        open: version < UPDATES,
      });
    }
    elapsed += ROUND_MS;
    if (elapsed === WARM_UP_MS) Object.assign(tally, { bytes: 0, units: 0, bases: 0 });
    if (!(await checkpointer.flush())) throw new Error('a round failed');
  }
  return tally;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

process.stdout.write(
  row(['events/s', 'KB/s', 'write units/s', 'bases/h', 'of EventBridge', 'with the lease']),
);
process.stdout.write('|---|---|---|---|---|---|\n');
for (const perSecond of [10, 100, 1_000]) {
  const { bytes, units, bases } = await measure(perSecond);
  const seconds = MEASURED_MS / 1_000;
  const share = (unitsPerSecond: number) =>
    `${((100 * unitsPerSecond * WRITES_PRICE) / (perSecond * EVENTS_PRICE)).toFixed(1)} %`;
  process.stdout.write(
    row([
      perSecond.toLocaleString('en'),
      (bytes / seconds / 1024).toFixed(1),
      (units / seconds).toFixed(1),
      ((bases * 3_600) / seconds).toFixed(0),
      share(units / seconds),
      share(units / seconds + LEASE_UNITS),
    ]),
  );
}
