import { readdirSync } from 'node:fs';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FORMAT_VERSION } from '../../listener/continuity/checkpoint-format.ts';
import { DynamoDbCheckpointStore } from '../../listener/continuity/dynamodb-checkpoint-store.ts';
import { DynamoDbLeaseStore } from '../../listener/continuity/dynamodb-lease-store.ts';
import { FileCheckpointStore } from '../../listener/continuity/file-checkpoint-store.ts';
import { FileLeaseStore } from '../../listener/continuity/file-lease-store.ts';
import { eventSchemas } from '../../listener/contract/event.ts';
import { CONTRACT_VERSION, DETAIL_TYPES } from '../../listener/contract/vocabulary.ts';
import { parkedLine, readParked } from '../../listener/publish/parked-text.ts';
import { MetricsAggregate } from '../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../manual-clock.ts';
import { FORMATS, linesOf, stateFolder, tableItems, tableOf, textOf } from './frozen.ts';

const versions = readdirSync(FORMATS);

const SAID: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line: string) => void SAID.push(line) });

const LEASE = { holder: 'host-a', epoch: 1_767_600_000_000, nonce: 'n1', state: 'held' };
const id = (start: string) => `${start}-aaaa-4bbb-8ccc-000000000001`;
/** What all fixtures of checkpoints say. */
const CHECKPOINT = {
  lowWatermark: 1_767_603_595_000,
  gaps: [{ id: id('33333333'), from: 1_767_603_560_000, reason: 'heartbeat-missed' }],
  positions: [
    { key: id('44444444'), version: 1, digest: 'effa9fffe101ae9702df9eefb786523f' },
    {
      key: id('11111111'),
      version: 4,
      digest: '49547eccf9b37c31cdacd1f105faee77',
      revision: '27a765f4a728f810e0dc523b1fbd0bf8',
    },
    {
      key: id('55555555'),
      version: 1,
      digest: '46039a4b8824734f7485162adbe471f3',
      revision: 'f7fdf55475318c60733cc07112a68130',
    },
  ].map((position) => ({ ...position, receivedAt: 1_767_603_540_000, open: true })),
};

const plain = (checkpoint: Awaited<ReturnType<FileCheckpointStore['load']>>) =>
  checkpoint && {
    lowWatermark: checkpoint.lowWatermark,
    gaps: checkpoint.gaps,
    positions: [...checkpoint.positions.values()],
  };

it('every format there has been has its fixtures, the present one included', () => {
  const present = Math.max(FORMAT_VERSION, Number(CONTRACT_VERSION), parkedFormat());
  expect(versions).toEqual(Array.from({ length: present }, (_, index) => `v${index + 1}`));
});

function parkedFormat(): number {
  const item = { kind: 'frame', receivedAt: '', encoding: 'utf8', body: '' } as const;
  const line = parkedLine({ parkedAt: '', reason: { code: '', message: '', attempts: 0 }, item });
  return z.object({ formatVersion: z.number() }).parse(JSON.parse(line)).formatVersion;
}

describe.each(versions)('what %s has written', (version) => {
  const clock = new ManualClock();
  const metrics = new MetricsAggregate();

  it('is a checkpoint and a lease in a folder', async () => {
    const options = { folder: await stateFolder(version), shard: '0', clock, logger, metrics };
    expect(plain(await new FileCheckpointStore(options).load())).toEqual(CHECKPOINT);
    expect(await new FileLeaseStore(options).read()).toEqual(LEASE);
    expect(SAID).toEqual([]);
  });

  it('is a checkpoint and a lease in a table', async () => {
    const { client } = tableOf(tableItems(version));
    const options = { client, tableName: 'state', shard: '0', clock, logger, metrics };
    expect(plain(await new DynamoDbCheckpointStore(options).load())).toEqual(CHECKPOINT);
    expect(await new DynamoDbLeaseStore(options).read()).toMatchObject(LEASE);
    expect(SAID).toEqual([]);
  });

  it('is parked in a file, and can be sent again', () => {
    const records = linesOf(version, 'parked.jsonl').map(readParked);
    expect(records).toMatchObject([
      { item: { kind: 'event', eventId: 'e1', detail: expect.stringMatching(/^\{/) } },
      { item: { kind: 'event', eventId: 'e2', payload: { ref: 's3://bucket/payloads/e2.json' } } },
      { item: { kind: 'frame', body: '{"x":' } },
      { item: { kind: 'event', eventId: 'e0' } },
    ]);
  });

  it('is parked in a queue, and can be sent again', () => {
    const records = linesOf(version, 'parked-messages.jsonl').map(readParked);
    expect(records).toMatchObject([
      { item: { eventId: 'e1', detail: expect.stringMatching(/^\{/) } },
      { item: { eventId: 'e2' } },
      { item: { kind: 'frame' } },
      { itemRef: 's3://bucket/payloads/parked-e3.json' },
    ]);
  });

  it('is on the bus and in the archive, in a contract that is still read', () => {
    const events = z
      .array(z.looseObject({ 'detail-type': z.enum(Object.values(DETAIL_TYPES)) }))
      .parse(JSON.parse(textOf(version, 'events.json')));
    expect(new Set(events.map((event) => event['detail-type']))).toEqual(
      new Set(Object.values(DETAIL_TYPES)),
    );
    for (const event of events) expect(eventSchemas[event['detail-type']].parse(event)).toEqual(event);
  });
});
