import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSource, ReplayBusyError } from '../../../bin/replay/file-source.ts';
import { FileParking } from '../../../listener/publish/file-parking.ts';
import { ManualClock } from '../../manual-clock.ts';

const REASON = { code: 'BufferFull', message: 'm', attempts: 0 };

describe('a parking file', () => {
  let folder = '';
  let path = '';
  const clock = new ManualClock();
  const open = (looksOnly = false) => new FileSource(path, { clock, looksOnly });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'replay-'));
    path = join(folder, 'parked.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function textsOf(source: FileSource): Promise<string[]> {
    const texts: string[] = [];
    for await (const batch of source.batches()) texts.push(...batch.map(({ text }) => text));
    return texts;
  }

  it('is read line by line, broken at line feeds only, and deleted when all is done with', async () => {
    const lines = ['{"a":"\u2028 日本"}', 'x'.repeat(200_000), '{"torn":'];
    await writeFile(path, lines.join('\n'));
    const source = open();
    expect(await textsOf(source)).toEqual(lines);
    await source.finish();
    await source.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it('comes in batches, so that a large one is never held as a whole', async () => {
    await writeFile(path, 'line\n'.repeat(1_200));
    const source = open();
    const sizes: number[] = [];
    for await (const batch of source.batches()) sizes.push(batch.length);
    await source.close();
    expect(sizes).toEqual([500, 500, 200]);
  });

  it('holds in the end what stayed and what a running listener has parked meanwhile', async () => {
    const listener = new FileParking({ path, clock });
    await listener.park({ kind: 'frame', receivedAt: '', encoding: 'utf8', body: 'before' }, REASON);
    const source = open();
    const [before = ''] = await textsOf(source);
    await listener.park({ kind: 'frame', receivedAt: '', encoding: 'utf8', body: 'meanwhile' }, REASON);
    await source.keep({ text: before });
    await source.finish();
    await source.close();
    await listener.close();
    const texts = (await readFile(path, 'utf8')).trim().split('\n');
    expect(texts.map((text) => JSON.parse(text).item.body)).toEqual(['meanwhile', 'before']);
    expect(await readdir(folder)).toEqual(['parked.jsonl']);
  });

  it('is parked anew with the newest reason when it failed', async () => {
    await writeFile(path, 'line\n');
    const source = open();
    await textsOf(source);
    const item = { kind: 'frame', receivedAt: '', encoding: 'utf8', body: 'b' } as const;
    const record = { parkedAt: '', reason: REASON, item };
    await source.keep({ text: 'line' }, { record, reason: { ...REASON, code: 'Overdue' } });
    await source.finish();
    await source.close();
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ reason: { code: 'Overdue' }, item });
  });

  it('that a killed replay has left behind is taken up by the next', async () => {
    await writeFile(path, 'first\n');
    const killed = open();
    await textsOf(killed);
    await killed.close();
    await clock.advance(1_000);
    await writeFile(path, 'second\n');
    const source = open();
    expect(await source.isThere()).toBe(true);
    expect(await textsOf(source)).toEqual(['first', 'second']);
    await source.finish();
    await source.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is replayed by one at a time', async () => {
    await writeFile(path, 'line\n');
    const first = open();
    await textsOf(first);
    const second = open();
    await expect(textsOf(second)).rejects.toThrow(ReplayBusyError);
    await second.close();
    await first.close();
    const third = open();
    expect(await textsOf(third)).toEqual(['line']);
    await third.close();
  });

  it('is left as it is by who only looks', async () => {
    await writeFile(path, 'line\n');
    await rename(path, `${path}.replaying-2026`);
    await writeFile(path, 'other\n');
    const source = open(true);
    expect(await textsOf(source)).toEqual(['line', 'other']);
    await source.keep({ text: 'line' });
    await source.finish();
    await source.close();
    expect((await readdir(folder)).sort()).toEqual(['parked.jsonl', 'parked.jsonl.replaying-2026']);
    expect(await readFile(path, 'utf8')).toBe('other\n');
  });

  it('need not be there', async () => {
    const source = open();
    expect(await source.isThere()).toBe(false);
    expect(await textsOf(source)).toEqual([]);
    await source.finish();
    await source.close();
    const nowhere = new FileSource(join(folder, 'no', 'such', 'file'), { clock, looksOnly: false });
    expect(await textsOf(nowhere)).toEqual([]);
    await nowhere.close();
  });
});
