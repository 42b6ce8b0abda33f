import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileLeaseError, FileLeaseStore } from '../../../listener/continuity/file-lease-store.ts';
import type { LeaseRecord } from '../../../listener/continuity/lease-store.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';

const RECORD: LeaseRecord = { holder: 'a', epoch: 1_767_603_600_000, nonce: 'n1', state: 'held' };

describe('FileLeaseStore', () => {
  let folder = '';
  let lines: string[] = [];
  let metrics = new MetricsAggregate();
  const store = (clock = new ManualClock()) =>
    new FileLeaseStore({
      folder: join(folder, 'state'),
      shard: '0',
      clock,
      logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
      metrics,
    });
  const path = () => join(folder, 'state', '0.lease.json');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lease-'));
    lines = [];
    metrics = new MetricsAggregate();
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('has no lease at first, then the one that was written, for every listener', async () => {
    expect(await store().read()).toBeUndefined();
    expect(await store().swap(undefined, RECORD)).toBe(true);
    const claimed: LeaseRecord = { ...RECORD, nonce: 'n2', state: 'claimed', claimant: 'b' };
    expect(await store().swap('n1', claimed)).toBe(true);
    expect(await store().read()).toEqual(claimed);
  });

  it('writes nothing in place of another record than the expected one', async () => {
    await store().swap(undefined, RECORD);
    expect(await store().swap(undefined, { ...RECORD, nonce: 'n2' })).toBe(false);
    expect(await store().swap('n0', { ...RECORD, nonce: 'n2' })).toBe(false);
    expect(await store().read()).toEqual(RECORD);
    expect(await readdir(join(folder, 'state'))).toEqual(['0.lease.json']);
  });

  it('lets one of many take it that come at the same time', async () => {
    const taken = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((holder) =>
        store().swap(undefined, { ...RECORD, holder, nonce: holder }),
      ),
    );
    expect(taken.filter((won) => won)).toHaveLength(1);
  });

  it('is nobody else’s to read', async () => {
    await store().swap(undefined, RECORD);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'state'))).mode & 0o777).toBe(0o700);
  });

  it('gets past the lock of a process that died', async () => {
    await store().swap(undefined, RECORD);
    await mkdir(`${path()}.lock`);
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${path()}.lock`, longAgo, longAgo);
    expect(await store().swap('n1', { ...RECORD, nonce: 'n2' })).toBe(true);
  });

  it('fails while another process has the lock, and writes nothing', async () => {
    await store().swap(undefined, RECORD);
    await mkdir(`${path()}.lock`);
    const error = await store()
      .swap('n1', { ...RECORD, nonce: 'n2' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FileLeaseError);
    expect(error).toMatchObject({ code: 'FileLeaseFailed', canRetry: true, cause: { code: 'ELOCKED' } });
    expect(await store().read()).toEqual(RECORD);
  });

  it('writes nothing when it was stalled under the lock for so long that the lock may be another’s', async () => {
    await store().swap(undefined, RECORD);
    const clock = new ManualClock();
    let looks = 0;
    // Each look at the clock is more than a second after the one before.
    clock.monotonic = () => 1_500 * looks++;
    await expect(store(clock).swap('n1', { ...RECORD, nonce: 'n2' })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('stalled') },
    });
    expect(await store().read()).toEqual(RECORD);
  });

  it.each([
    ['torn', '{"holder":"a","epoch":1767603600000,"nonce":"n'],
    ['of another shape', '{"holder":"a","epoch":1767603600000,"nonce":"n1","state":"dormant"}'],
  ])('sets a record aside that is %s, waits like for a holder, and keeps the epoch', async (_, text) => {
    await mkdir(join(folder, 'state'));
    await writeFile(path(), text);
    const found = await store().read();
    expect(found).toMatchObject({ epoch: 1_767_603_600_000, state: 'held' });
    expect(await store().read()).toEqual(found);
    const [kept = ''] = (await readdir(join(folder, 'state'))).filter((name) => name.includes('.corrupt-'));
    expect(await readFile(join(folder, 'state', kept), 'utf8')).toBe(text);
    expect(lines).toEqual([expect.stringContaining('"level":50')]);
    expect(metrics.total('StateUnreadable')).toBe(1);
    expect(await store().swap(found?.nonce, RECORD)).toBe(true);
  });

  it('leaves signals to the program', async () => {
    const child = fork(join(import.meta.dirname, 'signalled-process.ts'), {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([7, null]);
  });
});
