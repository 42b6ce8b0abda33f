import { copyFile, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { BridgeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import {
  CheckpointDraft,
  changeSchema,
  FORMAT_VERSION,
  gapsSchema,
  positionSchema,
  Salvage,
  toChangeText,
  toTuple,
  unreadableBecause,
} from './checkpoint-format.ts';
import type { Checkpoint, CheckpointChange, CheckpointStore, FoundCheckpoint } from './checkpoint-store.ts';
import { closeToOthers, corruptName, isMissing, replaceFile } from './state-file.ts';

export interface FileCheckpointStoreOptions {
  /** The folder of state; made when the first checkpoint is written. */
  readonly folder: string;
  readonly shard: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The file could not be read or written. */
export class FileCheckpointError extends BridgeError {
  readonly code = 'FileCheckpointFailed';
  readonly canRetry = true;
}

const baseSchema = z.object({
  formatVersion: z.literal(FORMAT_VERSION),
  epoch: z.number(),
  lowWatermark: z.number(),
  gaps: gapsSchema,
  countFrom: z.number().optional(),
  positions: z.array(positionSchema),
});

/**
 * A shard's checkpoint in a file for each term: the base in its first line, a change in each that follows.
 *
 * The base is on the disk (fsync) before it takes its name. Changes are not waited for: a process that is killed
 * loses none of them, and a machine that loses its power loses a few seconds, after which some events are published
 * once more under the same ids. The file is nobody's but the owner's.
 */
export class FileCheckpointStore implements CheckpointStore {
  readonly #options: FileCheckpointStoreOptions;
  /** How long the term's file is as far as it is known to be whole, in bytes. */
  #whole: { readonly epoch: number; readonly bytes: number } | undefined;

  constructor(options: FileCheckpointStoreOptions) {
    this.#options = options;
  }

  /** @throws {FileCheckpointError} with the system's error as its cause */
  async load(): Promise<FoundCheckpoint | undefined> {
    return this.#guarded('read', async () => {
      const salvage = new Salvage();
      for (const epoch of await this.#epochs()) {
        const checkpoint = await this.#read(this.#pathOf(epoch), salvage);
        if (checkpoint !== undefined) return salvage.mergedWith(checkpoint);
      }
      return salvage.mergedWith(undefined);
    });
  }

  /** @throws {FileCheckpointError} with the system's error as its cause */
  async replace(epoch: number, { positions, ...checkpoint }: Checkpoint): Promise<void> {
    await this.#guarded('write', async () => {
      const tuples = Array.from(positions.values(), toTuple);
      const text = `${JSON.stringify({ formatVersion: FORMAT_VERSION, epoch, ...checkpoint, positions: tuples })}\n`;
      await replaceFile(this.#pathOf(epoch), text);
      this.#whole = { epoch, bytes: Buffer.byteLength(text) };
      for (const other of await this.#epochs())
        if (other < epoch) await rm(this.#pathOf(other), { force: true });
    });
  }

  /** @throws {FileCheckpointError} also when the term has no base, with the system's error as its cause */
  async append(epoch: number, change: CheckpointChange): Promise<void> {
    const whole = this.#whole;
    if (whole?.epoch !== epoch) throw new FileCheckpointError(`the term ${epoch} has no base yet`);
    await this.#guarded('write', async () => {
      const line = Buffer.from(`${JSON.stringify(toChangeText(change))}\n`);
      // Not made anew when it isn't there: a successor has removed it, and this term is over.
      const file = await open(this.#pathOf(epoch), 'r+');
      try {
        // What a failed attempt left half-written is cut off first.
        await file.truncate(whole.bytes);
        for (let written = 0; written < line.length; ) {
          const { bytesWritten } = await file.write(
            line,
            written,
            line.length - written,
            whole.bytes + written,
          );
          written += bytesWritten;
        }
      } finally {
        await file.close();
      }
      this.#whole = { epoch, bytes: whole.bytes + line.length };
    });
  }

  async #read(path: string, salvage: Salvage): Promise<FoundCheckpoint | undefined> {
    const [first = '', ...rest] = (await readFile(path, 'utf8')).split('\n');
    await closeToOthers(path);
    const head = parseJson(first);
    const base = baseSchema.safeParse(head);
    if (!base.success) {
      salvage.add(head, this.#options.clock.now());
      await this.#setAside(path, 'move', unreadableBecause(head, 'its first line is damaged'));
      return undefined;
    }
    const draft = new CheckpointDraft(base.data.epoch, base.data);
    draft.add(base.data.positions);
    // What stands behind the last line break was torn by a kill, and is not known to be kept.
    for (const [index, line] of rest.slice(0, -1).entries()) {
      const change = changeSchema.safeParse(parseJson(line));
      if (!change.success) {
        // What stands before is a checkpoint, too: the one of that time.
        await this.#setAside(path, 'copy', `line ${index + 2} is damaged; what stands before it is used`);
        break;
      }
      draft.apply(change.data);
    }
    return draft;
  }

  async #setAside(path: string, how: 'move' | 'copy', problem: string): Promise<void> {
    const kept = corruptName(path, this.#options.clock.now());
    await (how === 'move' ? rename(path, kept) : copyFile(path, kept));
    this.#options.logger.error({ file: path, kept, problem }, 'the checkpoint could not be read');
    this.#options.metrics.count('StateUnreadable');
  }

  /** The epochs there are files of, the newest first. */
  async #epochs(): Promise<number[]> {
    const { folder, shard } = this.#options;
    const prefix = `${shard}.checkpoint-`;
    const names = await readdir(folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    return names
      .filter((name) => name.startsWith(prefix) && /^\d+\.jsonl$/.test(name.slice(prefix.length)))
      .map((name) => Number.parseInt(name.slice(prefix.length), 10))
      .sort((a, b) => b - a);
  }

  #pathOf(epoch: number): string {
    const { folder, shard } = this.#options;
    return join(folder, `${shard}.checkpoint-${epoch}.jsonl`);
  }

  async #guarded<T>(what: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      throw new FileCheckpointError(`could not ${what} the checkpoint in ${this.#options.folder}`, { cause });
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema refuses it like anything else that is no checkpoint.
    return undefined;
  }
}
