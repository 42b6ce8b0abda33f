import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderPayloadStore } from '../../../listener/publish/folder-payload-store.ts';
import { PayloadStoreError } from '../../../listener/publish/payload-store.ts';

describe('FolderPayloadStore', () => {
  let root = '';
  let store = new FolderPayloadStore(root);

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'payloads-'));
    store = new FolderPayloadStore(join(root, 'deep', 'payloads'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('keeps a body at the address it named before, for its owner only, and nothing beside it', async () => {
    const ref = store.refOf('0123abcd');
    expect(ref).toMatch(/^file:\/\/\/.*\/deep\/payloads\/0123abcd\.json$/);
    await store.put({ ref, body: '{"text":"日本"}' });
    expect(await readFile(fileURLToPath(ref), 'utf8')).toBe('{"text":"日本"}');
    expect((await stat(fileURLToPath(ref))).mode & 0o777).toBe(0o600);
    expect((await stat(join(root, 'deep', 'payloads'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(root, 'deep', 'payloads'))).toEqual(['0123abcd.json']);
    expect(await store.read(ref)).toBe('{"text":"日本"}');
  });

  it('takes the same payload again, also at the same time', async () => {
    const payload = { ref: store.refOf('a'), body: '{}' };
    await Promise.all([store.put(payload), store.put(payload), store.put(payload)]);
    await store.put(payload);
    expect(await readdir(join(root, 'deep', 'payloads'))).toEqual(['a.json']);
  });

  it('leaves no half of a file when it fails, and says why', async () => {
    await writeFile(join(root, 'deep'), 'a file where the folder should be');
    await expect(store.put({ ref: store.refOf('a'), body: '{}' })).rejects.toMatchObject({
      code: 'PayloadStoreFailed',
      canRetry: true,
      cause: { code: 'ENOTDIR' },
    });
  });

  it('stays in its folder, whatever the id or the address', async () => {
    expect(store.refOf('../../etc/passwd')).toMatch(/\/deep\/payloads\/[^/]+\.json$/);
    for (const ref of [
      'file:///etc/passwd',
      's3://bucket/a.json',
      `${store.refOf('a')}/../../b`,
      'no address',
    ]) {
      await expect(store.put({ ref, body: '{}' })).rejects.toThrow(PayloadStoreError);
      await expect(store.read(ref)).rejects.toThrow(PayloadStoreError);
    }
  });
});
