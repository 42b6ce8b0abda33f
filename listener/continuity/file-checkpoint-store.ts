import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Checkpoint, CheckpointChange, CheckpointStore, KeyPosition } from './checkpoint-store.ts';

const position = z.object({ key: z.string(), version: z.number(), digest: z.string(), receivedAt: z.number(), revision: z.string().optional(), open: z.boolean() });
const line = z.object({ lowWatermark: z.number(), changed: z.array(position), forgotten: z.array(z.string()).default([]) });

export class FileCheckpointStore implements CheckpointStore {
  readonly #folder: string;
  readonly #prefix: string;
  constructor({ folder, shard }: { folder: string; shard: string; logger: Logger }) { this.#folder = folder; this.#prefix = `${shard}.checkpoint-`; }
  async load(): Promise<Checkpoint | undefined> {
    const names = (await readdir(this.#folder).catch(() => [])).filter((n) => n.startsWith(this.#prefix) && n.endsWith('.jsonl')).sort();
    const newest = names.at(-1);
    if (newest === undefined) return undefined;
    const positions = new Map<string, KeyPosition>();
    let lowWatermark = 0;
    for (const text of (await readFile(join(this.#folder, newest), 'utf8')).split('\n')) {
      let json: unknown;
      try { json = JSON.parse(text); } catch { continue; }
      const parsed = line.safeParse(json);
      if (!parsed.success) continue;
      lowWatermark = parsed.data.lowWatermark;
      for (const key of parsed.data.forgotten) positions.delete(key);
      for (const each of parsed.data.changed) { positions.delete(each.key); positions.set(each.key, each); }
    }
    return { lowWatermark, positions };
  }
  #path(epoch: number): string { return join(this.#folder, `${this.#prefix}${String(epoch).padStart(16, '0')}.jsonl`); }
  async replace(epoch: number, { lowWatermark, positions }: Checkpoint): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const path = this.#path(epoch);
    await writeFile(`${path}.tmp`, `${JSON.stringify({ lowWatermark, changed: [...positions.values()] })}\n`);
    await rename(`${path}.tmp`, path);
    for (const name of await readdir(this.#folder)) if (name.startsWith(this.#prefix) && name < path.slice(this.#folder.length + 1)) await rm(join(this.#folder, name), { force: true });
  }
  async append(epoch: number, change: CheckpointChange): Promise<void> { await appendFile(this.#path(epoch), `${JSON.stringify(change)}\n`); }
}
