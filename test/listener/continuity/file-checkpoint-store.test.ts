import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  FileCheckpointError,
  FileCheckpointStore,
} from '../../../listener/continuity/file-checkpoint-store.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';
import { checkpoint, plain, position, positions } from './checkpoint-samples.ts';

describe('FileCheckpointStore', () => {
  let folder = '';
  let lines: string[] = [];
  let metrics = new MetricsAggregate();
  const store = () =>
    new FileCheckpointStore({
      folder: join(folder, 'state'),
      shard: '0',
      clock: new ManualClock(),
      logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
      metrics,
    });
  const path = (name: string) => join(folder, 'state', name);
  const names = async () => (await readdir(path(''))).sort();
  const change = (name: string, version: number, lowWatermark: number) => ({
    lowWatermark,
    changed: [position(name, { version })],
    forgotten: [],
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
    lines = [];
    metrics = new MetricsAggregate();
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('has none at first', async () => {
    expect(await store().load()).toBeUndefined();
  });

  it('gives back what was written, changes applied', async () => {
    const writer = store();
    const closed = position('closed', { open: false, revision: undefined });
    await writer.replace(7, checkpoint(1_000, [...positions(3), closed]));
    await writer.append(7, {
      lowWatermark: 2_000,
      changed: [position('conversation 0', { version: 5 }), position('new')],
      forgotten: [position('conversation 1').key],
    });
    const { revision: _, ...withoutRevision } = closed;
    expect(plain(await store().load())).toEqual({
      lowWatermark: 2_000,
      positions: [
        position('conversation 2'),
        withoutRevision,
        position('conversation 0', { version: 5 }),
        position('new'),
      ],
    });
    expect((await store().load())?.epoch).toBe(7);
  });

  it('keeps each term in a file of its own, and the newest alone', async () => {
    const old = store();
    const successor = store();
    await old.replace(7, checkpoint(1_000, []));
    await successor.replace(8, checkpoint(2_000, []));
    expect(await names()).toEqual(['0.checkpoint-8.jsonl']);
    await expect(old.append(7, change('a', 1, 9_000))).rejects.toThrow(FileCheckpointError);
    await old.replace(7, checkpoint(9_000, []));
    expect((await store().load())?.lowWatermark).toBe(2_000);
  });

  it('is nobody else’s to read', async () => {
    await store().replace(7, checkpoint(1_000, []));
    expect((await stat(path('0.checkpoint-7.jsonl'))).mode & 0o777).toBe(0o600);
    expect((await stat(path(''))).mode & 0o777).toBe(0o700);
  });

  it('reads the changes before one that was torn by a kill, at each byte', async () => {
    const writer = store();
    await writer.replace(7, checkpoint(1_000, []));
    await writer.append(7, change('a', 1, 2_000));
    const whole = (await stat(path('0.checkpoint-7.jsonl'))).size;
    await writer.append(7, change('b', 1, 3_000));
    const end = (await stat(path('0.checkpoint-7.jsonl'))).size;
    for (let size = end - 1; size >= whole; size--) {
      await truncate(path('0.checkpoint-7.jsonl'), size);
      expect((await store().load())?.lowWatermark).toBe(2_000);
    }
    expect(lines).toEqual([]);
  });

  it('cuts off what a failed attempt left half-written', async () => {
    const writer = store();
    await writer.replace(7, checkpoint(1_000, []));
    await appendFile(path('0.checkpoint-7.jsonl'), `{"lowWatermark":2000,"chan${'.'.repeat(1_000)}`);
    await writer.append(7, change('a', 1, 3_000));
    await writer.append(7, change('b', 1, 4_000));
    expect(plain(await store().load())).toEqual({
      lowWatermark: 4_000,
      positions: [position('a'), position('b')],
    });
    expect(await readFile(path('0.checkpoint-7.jsonl'), 'utf8')).not.toContain('...');
  });

  it('uses what stands before a damaged change, says so, and keeps the file for who looks into it', async () => {
    const writer = store();
    await writer.replace(7, checkpoint(1_000, []));
    await writer.append(7, change('a', 1, 2_000));
    await appendFile(path('0.checkpoint-7.jsonl'), '{"lowWatermark":"?"}\n');
    await appendFile(path('0.checkpoint-7.jsonl'), '{"lowWatermark":4000,"changed":[],"forgotten":[]}\n');
    const text = await readFile(path('0.checkpoint-7.jsonl'), 'utf8');
    expect((await store().load())?.lowWatermark).toBe(2_000);
    const [kept = ''] = (await names()).filter((name) => name.includes('.corrupt-'));
    expect(await readFile(path(kept), 'utf8')).toBe(text);
    expect(lines).toEqual([expect.stringContaining('"level":50')]);
    expect(metrics.total('StateUnreadable')).toBe(1);
    expect((await store().load())?.lowWatermark).toBe(2_000);
  });

  it.each([
    ['empty', '', 'damaged'],
    ['torn in its first line', '{"formatVersion":1,"epoch":9,"lowW', 'damaged'],
    ['of a later format', '{"formatVersion":2,"all":"different"}\n', 'format version 2'],
  ])(
    'sets a file aside that is %s, says and counts it, and takes the term before',
    async (_, text, problem) => {
      await store().replace(8, checkpoint(2_000, []));
      await writeFile(path('0.checkpoint-9.jsonl'), text);
      expect(await store().load()).toMatchObject({ epoch: 8, lowWatermark: 2_000 });
      expect(await names()).toEqual([
        '0.checkpoint-8.jsonl',
        expect.stringMatching(/^0\.checkpoint-9\.jsonl\.corrupt-/),
      ]);
      expect(lines).toEqual([expect.stringContaining(problem)]);
      expect(metrics.total('StateUnreadable')).toBe(1);
    },
  );

  it('takes another shard’s files for nobody’s business', async () => {
    await store().replace(8, checkpoint(2_000, []));
    await writeFile(path('01.checkpoint-9.jsonl'), 'something');
    await store().replace(10, checkpoint(3_000, []));
    expect(await names()).toEqual(['0.checkpoint-10.jsonl', '01.checkpoint-9.jsonl']);
    expect((await store().load())?.lowWatermark).toBe(3_000);
  });
});
