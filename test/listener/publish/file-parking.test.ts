import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileParking, FileParkingError } from '../../../listener/publish/file-parking.ts';
import type { ParkedItem, ParkingReason } from '../../../listener/publish/parking.ts';
import { ManualClock } from '../../manual-clock.ts';
import { names } from './harness.ts';

const REASON: ParkingReason = { code: 'MalformedDetail', message: 'no JSON', attempts: 1 };

function frame(body: string): ParkedItem {
  return { kind: 'frame', receivedAt: '2026-01-05T09:00:00.000Z', encoding: 'utf8', body };
}

describe('FileParking', () => {
  let folder = '';
  let path = '';
  let parking = new FileParking({ path, clock: new ManualClock() });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parking-'));
    path = join(folder, 'deep', 'down', 'parked.jsonl');
    parking = new FileParking({ path, clock: new ManualClock() });
  });

  afterEach(async () => {
    await parking.close();
    await rm(folder, { recursive: true });
  });

  const lines = async () => (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  const bodies = async () => (await lines()).map((line) => JSON.parse(line).item.body);

  it('writes one line for each item: when, why and what', async () => {
    await parking.park(frame('two\nlines'), REASON);
    expect((await lines()).map((line) => JSON.parse(line))).toEqual([
      { formatVersion: 1, parkedAt: '2026-01-05T09:00:00.000Z', reason: REASON, item: frame('two\nlines') },
    ]);
  });

  it('makes a file that only its owner reads, in a folder that only its owner enters', async () => {
    await parking.park(frame('a'), REASON);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'deep', 'down'))).mode & 0o777).toBe(0o700);
  });

  it('closes a file to others that was open to them', async () => {
    await mkdir(join(folder, 'deep', 'down'), { recursive: true });
    await writeFile(path, '');
    await chmod(path, 0o644);
    await parking.park(frame('a'), REASON);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('keeps every item whole and in order when many come at the same time', async () => {
    const long = names(300).map((name) => name.padEnd(10_000, '日'));
    await Promise.all(long.map((body) => parking.park(frame(body), REASON)));
    expect(await bodies()).toEqual(long);
  });

  it('keeps items that come while others are being written', async () => {
    const first = parking.park(frame('first'), REASON);
    await first;
    const second = parking.park(frame('second'), REASON);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([second, parking.park(frame('third'), REASON)]);
    expect(await bodies()).toEqual(['first', 'second', 'third']);
  });

  it('adds to what is there, also after it was closed', async () => {
    await parking.park(frame('a'), REASON);
    await parking.close();
    await parking.park(frame('b'), REASON);
    expect(await bodies()).toEqual(['a', 'b']);
  });

  it('does not join a line that was torn by a crash', async () => {
    await parking.park(frame('a'), REASON);
    await parking.close();
    await appendFile(path, '{"parkedAt":"2026-');
    await parking.park(frame('b'), REASON);
    expect(await lines()).toEqual([
      expect.stringContaining('"body":"a"'),
      '{"parkedAt":"2026-',
      expect.stringContaining('"body":"b"'),
    ]);
  });

  it('fails when the file cannot be written, and works again once it can', async () => {
    await writeFile(join(folder, 'deep'), 'a file where the folder should be');
    const error = await parking.park(frame('a'), REASON).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FileParkingError);
    expect(error).toMatchObject({ code: 'FileParkingFailed', canRetry: true, cause: { code: 'ENOTDIR' } });
    await rm(join(folder, 'deep'));
    await parking.park(frame('b'), REASON);
    expect(await bodies()).toEqual(['b']);
  });

  it('does not join a line that a full disk tore', async () => {
    await parking.park(frame('a'), REASON);
    const other = await open(path);
    const append = vi.spyOn(Object.getPrototypeOf(other), 'appendFile');
    append.mockImplementationOnce(async () => {
      await appendFile(path, '{"parkedAt":"2026-');
      throw new Error('no space left on device');
    });
    await expect(parking.park(frame('b'), REASON)).rejects.toThrow(FileParkingError);
    append.mockRestore();
    await other.close();
    await parking.park(frame('b'), REASON);
    expect(await lines()).toEqual([
      expect.stringContaining('"body":"a"'),
      '{"parkedAt":"2026-',
      expect.stringContaining('"body":"b"'),
    ]);
  });

  it('puts back a line that was taken out, as it was', async () => {
    await parking.park(frame('a'), REASON);
    await parking.restore('{"torn":');
    await parking.park(frame('b'), REASON);
    expect((await lines())[1]).toBe('{"torn":');
    expect(await lines()).toHaveLength(3);
  });

  it('begins another file when this one was renamed away', async () => {
    await parking.park(frame('a'), REASON);
    await rename(path, `${path}.taken`);
    await parking.park(frame('b'), REASON);
    expect(await bodies()).toEqual(['b']);
    expect(await readFile(`${path}.taken`, 'utf8')).toContain('"body":"a"');
    await rm(path);
    await parking.park(frame('c'), REASON);
    expect(await bodies()).toEqual(['c']);
  });

  it('counts an item as kept only in the file that is in its place, also when it is renamed during the write', async () => {
    await parking.park(frame('a'), REASON);
    const other = await open(path);
    const sync = vi.spyOn(Object.getPrototypeOf(other), 'sync');
    sync.mockImplementationOnce(() => rename(path, `${path}.taken`));
    await parking.park(frame('b'), REASON);
    sync.mockRestore();
    await other.close();
    expect(await bodies()).toEqual(['b']);
  });

  it('fails every item of a write that failed', async () => {
    await mkdir(path, { recursive: true });
    const results = await Promise.allSettled(names(3).map((body) => parking.park(frame(body), REASON)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});
