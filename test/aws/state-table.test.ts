import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  DynamoDbCheckpointError,
  DynamoDbCheckpointStore,
} from '../../listener/continuity/dynamodb-checkpoint-store.ts';
import { DynamoDbLeaseError, DynamoDbLeaseStore } from '../../listener/continuity/dynamodb-lease-store.ts';
import type { LeaseRecord } from '../../listener/continuity/lease-store.ts';
import { createStateTableClient } from '../../listener/continuity/state-table.ts';
import { MetricsAggregate } from '../../listener/telemetry/aggregate.ts';
import { checkpoint, plain, position, positions } from '../listener/continuity/checkpoint-samples.ts';
import { ManualClock } from '../manual-clock.ts';
import { type Emulator, startEmulator } from './emulator.ts';

const TABLE = 'state';
const RECORD: LeaseRecord = { holder: 'a', epoch: 1_767_603_600_000, nonce: 'n1', state: 'held' };

let emulator: Emulator;
let client: DynamoDBDocumentClient;
let shard = '';
let shards = 0;
let lines: string[] = [];
let metrics = new MetricsAggregate();
const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });

beforeAll(async () => {
  emulator = await startEmulator();
  const { endpoint, region } = emulator;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  await new DynamoDBClient({ endpoint, region, credentials }).send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  );
  client = createStateTableClient({ endpoint, region, credentials, requestTimeoutMs: 10_000 });
});

afterAll(async () => {
  await emulator?.stop();
});

beforeEach(() => {
  shard = `shard-${shards++}`;
  lines = [];
  metrics = new MetricsAggregate();
});

async function items(): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({ TableName: TABLE, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
    );
    found.push(...Items);
    from = LastEvaluatedKey;
  } while (from !== undefined);
  return found.filter(({ pk }) => pk === `shard#${shard}`);
}

async function sortKeys(): Promise<string[]> {
  return (await items()).map(({ sk }) => String(sk)).sort((a, b) => (a < b ? -1 : 1));
}

function put(sk: string, attributes: object): Promise<unknown> {
  return client.send(new PutCommand({ TableName: TABLE, Item: { pk: `shard#${shard}`, sk, ...attributes } }));
}

/** The next call whose item has such a sort key is lost: before it reaches the table, or its answer. */
function loseNext(pattern: RegExp, when: 'before' | 'after') {
  const send = client.send.bind(client);
  let lost = false;
  const spy = vi.spyOn(client, 'send').mockImplementation(async (command) => {
    const isIt = !lost && command instanceof PutCommand && pattern.test(String(command.input.Item?.['sk']));
    if (isIt) lost = true;
    if (isIt && when === 'before') throw new Error('connection reset');
    const answer = await send(command);
    if (isIt) throw new Error('connection reset');
    return answer;
  });
  return () => spy.mockRestore();
}

describe('a lease in a table', () => {
  const store = () => new DynamoDbLeaseStore({ client, tableName: TABLE, shard, logger, metrics });

  it('is none at first, then the one that was written, for every listener', async () => {
    expect(await store().read()).toBeUndefined();
    expect(await store().swap(undefined, RECORD)).toBe(true);
    const claimed: LeaseRecord = { ...RECORD, nonce: 'n2', state: 'claimed', claimant: 'b' };
    expect(await store().swap('n1', claimed)).toBe(true);
    expect(await store().read()).toEqual(claimed);
  });

  it('is not written in place of another record than the expected one', async () => {
    await store().swap(undefined, RECORD);
    expect(await store().swap(undefined, { ...RECORD, nonce: 'n2' })).toBe(false);
    expect(await store().swap('n0', { ...RECORD, nonce: 'n2' })).toBe(false);
    expect(await store().swap('', { ...RECORD, nonce: 'n2' })).toBe(false);
    expect(await store().read()).toEqual(RECORD);
  });

  it('goes to one of many that come at the same time', async () => {
    const taken = await Promise.all(
      ['a', 'b', 'c', 'd'].map((holder) => store().swap(undefined, { ...RECORD, holder, nonce: holder })),
    );
    expect(taken.filter((won) => won)).toHaveLength(1);
  });

  it('can be taken, under a higher epoch, when somebody has damaged it', async () => {
    await put('lease', { epoch: 1_767_603_600_000, holder: 17 });
    const reader = store();
    const found = await reader.read();
    expect(found).toMatchObject({ epoch: 1_767_603_600_000, state: 'held' });
    expect(await reader.read()).toEqual(found);
    expect(lines).toHaveLength(1);
    expect(metrics.total('StateUnreadable')).toBe(1);
    expect(await store().swap(found?.nonce, RECORD)).toBe(true);
    expect(await store().read()).toEqual(RECORD);
  });

  it('fails when there is no table, and says why', async () => {
    const error = await new DynamoDbLeaseStore({ client, tableName: 'other', shard, logger, metrics })
      .read()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DynamoDbLeaseError);
    expect(error).toMatchObject({ canRetry: true, cause: { name: 'ResourceNotFoundException' } });
  });
});

describe('a checkpoint in a table', () => {
  const clock = new ManualClock();
  clock.sleep = async () => {};
  const store = () =>
    new DynamoDbCheckpointStore({ client, tableName: TABLE, shard, clock, logger, metrics });
  const change = (name: string, version: number, lowWatermark: number) => ({
    lowWatermark,
    changed: [position(name, { version })],
    forgotten: [],
  });

  it('is none at first', async () => {
    expect(await store().load()).toBeUndefined();
  });

  it('gives back what was written, changes applied, and expires after thirty days', async () => {
    const writer = store();
    await writer.replace(7, { ...checkpoint(1_000, positions(3)), countFrom: 9 });
    await writer.append(7, {
      lowWatermark: 2_000,
      changed: [position('conversation 0', { version: 5 }), position('new')],
      forgotten: [position('conversation 1').key],
    });
    expect(plain(await store().load())).toEqual({
      lowWatermark: 2_000,
      positions: [position('conversation 2'), position('conversation 0', { version: 5 }), position('new')],
    });
    expect(await store().load()).toMatchObject({ epoch: 7, countFrom: 9 });
    const expiresAt = Math.ceil(clock.now() / 1_000) + 30 * 86_400;
    for (const item of await items()) expect(item).toMatchObject({ expiresAt });
  });

  it('keeps as many positions as there may be, in items that a partition can take', async () => {
    const many = positions(50_000);
    await store().replace(7, checkpoint(1_000, many));
    expect(plain(await store().load())).toEqual({ lowWatermark: 1_000, positions: many });
    for (const { body } of await items()) {
      if (body instanceof Uint8Array) expect(body.length).toBeLessThanOrEqual(100_000);
    }
  });

  it('keeps a change of many keys, in pieces of which the last one moves the low-watermark', async () => {
    const writer = store();
    await writer.replace(7, checkpoint(1_000, positions(1_500, 'old')));
    const large = {
      lowWatermark: 2_000,
      changed: positions(1_500),
      forgotten: positions(1_500, 'old').map(({ key }) => key),
    };
    const restore = loseNext(/#change#.*000002$/, 'before');
    await expect(writer.append(7, large)).rejects.toThrow(DynamoDbCheckpointError);
    restore();
    expect((await store().load())?.lowWatermark).toBe(1_000);
    await writer.append(7, large);
    expect(plain(await store().load())).toEqual({ lowWatermark: 2_000, positions: positions(1_500) });
  });

  it('is the one before until a new base is complete', async () => {
    const writer = store();
    await writer.replace(7, checkpoint(1_000, positions(5_000)));
    await writer.append(7, change('a', 1, 1_500));
    for (const pattern of [/#base#.*0001$/, /#head$/]) {
      const restore = loseNext(pattern, 'before');
      await expect(writer.replace(7, checkpoint(2_000, positions(6_000, 'new')))).rejects.toThrow();
      restore();
      const kept = await store().load();
      expect([kept?.lowWatermark, kept?.positions.size]).toEqual([1_500, 5_001]);
    }
    await writer.replace(7, checkpoint(3_000, positions(4_000, 'new')));
    expect(plain(await store().load())).toEqual({ lowWatermark: 3_000, positions: positions(4_000, 'new') });
  });

  it('never writes over the base that counts, also when the answer to its head was lost', async () => {
    const writer = store();
    await writer.replace(7, checkpoint(1_000, positions(10)));
    const restoreHead = loseNext(/#head$/, 'after');
    await expect(writer.replace(7, checkpoint(2_000, positions(5_000)))).rejects.toThrow();
    restoreHead();
    const restorePart = loseNext(/#base#.*0001$/, 'before');
    await expect(writer.replace(7, checkpoint(3_000, positions(6_000, 'new')))).rejects.toThrow();
    restorePart();
    expect(plain(await store().load())).toEqual({ lowWatermark: 2_000, positions: positions(5_000) });
  });

  it('forgets the changes of the generations before, and takes no more room over time', async () => {
    const writer = store();
    for (let generation = 1; generation <= 6; generation++) {
      await writer.replace(7, checkpoint(generation * 1_000, positions(3)));
      for (let count = 0; count < 7 - generation; count++) {
        await writer.append(7, change(`generation ${generation}`, count + 1, generation * 1_000 + count));
      }
    }
    expect(plain(await store().load())).toEqual({
      lowWatermark: 6_000,
      positions: [...positions(3), position('generation 6')],
    });
    expect(await sortKeys()).toHaveLength(2 + 6 + 5 + 1);
  });

  it('is that of the newest term, and a term before can’t spoil it', async () => {
    const old = store();
    await old.replace(999, checkpoint(1_000, []));
    await store().replace(1_000, checkpoint(2_000, []));
    await old.append(999, change('a', 1, 9_000));
    await old.replace(999, checkpoint(9_000, []));
    expect((await store().load())?.lowWatermark).toBe(2_000);
  });

  it('is that of the term before when a term has not completed its first base', async () => {
    await store().replace(7, checkpoint(1_000, positions(2)));
    const restore = loseNext(/#head$/, 'before');
    await expect(store().replace(8, checkpoint(2_000, positions(5_000)))).rejects.toThrow();
    restore();
    expect(plain(await store().load())).toEqual({ lowWatermark: 1_000, positions: positions(2) });
    expect((await store().load())?.epoch).toBe(7);
    await expect(store().append(8, change('a', 1, 3_000))).rejects.toThrow(DynamoDbCheckpointError);
  });

  it.each([
    ['a head of a later format', 'head', { formatVersion: 2 }, 'format version 2'],
    ['a damaged head', 'head', { formatVersion: 1 }, 'head is damaged'],
    ['a damaged base', 'base#1#0000', { generation: 1, body: new Uint8Array([1, 2, 3]) }, 'header'],
    ['a base of another generation', 'base#1#0000', { generation: 3, body: new Uint8Array() }, 'generation'],
  ])(
    'is that of the term before when there is %s, which is kept, told of and counted',
    async (_, sk, item, problem) => {
      await store().replace(7, checkpoint(1_000, positions(2)));
      await store().replace(8, checkpoint(2_000, positions(3)));
      await put(`checkpoint#0000000000000008#${sk}`, item);
      expect((await store().load())?.lowWatermark).toBe(1_000);
      expect(lines).toEqual([expect.stringContaining(problem)]);
      expect(metrics.total('StateUnreadable')).toBe(1);
      const kept = (await items()).filter((each) => String(each['sk']).startsWith('corrupt#'));
      expect(kept).toEqual([expect.objectContaining(item)]);
      await store().replace(9, checkpoint(3_000, []));
      expect((await store().load())?.lowWatermark).toBe(3_000);
    },
  );

  it('is that of the term before when a part is missing', async () => {
    await store().replace(7, checkpoint(1_000, positions(2)));
    await store().replace(8, checkpoint(2_000, positions(3)));
    const Key = { pk: `shard#${shard}`, sk: 'checkpoint#0000000000000008#base#1#0000' };
    await client.send(new DeleteCommand({ TableName: TABLE, Key }));
    expect((await store().load())?.lowWatermark).toBe(1_000);
    expect(lines).toEqual([expect.stringContaining('missing')]);
  });

  it('uses what stands before a damaged change, and says so', async () => {
    const writer = store();
    await writer.replace(7, checkpoint(1_000, []));
    for (const version of [1, 2, 3]) await writer.append(7, change('a', version, 1_000 + version));
    await put('checkpoint#0000000000000007#change#1#000001', { generation: 1, body: 'text' });
    expect((await store().load())?.lowWatermark).toBe(1_001);
    expect(lines).toHaveLength(1);
  });
});
