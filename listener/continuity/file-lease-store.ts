import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
// Imported when the program starts, not later: it listens for signals, and kills the process at one that nobody
// else listens for by the time its turn comes. First in the row, it finds the program's own listeners still there.
import { lock } from 'proper-lockfile';
import type { Clock } from '../clock.ts';
import { BridgeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { parseLeaseRecord, standInFor } from './lease-record.ts';
import type { LeaseRecord, LeaseStore } from './lease-store.ts';
import { corruptName, makeStateFolder, readIfThere, writeBeside } from './state-file.ts';

/** A lock that is older was left behind by a process that died; the least that the library takes. */
const STALE_MS = 2_000;
/** Nobody takes a lock for stale before STALE_MS, so a process that was stalled under its own steps back in time. */
const MOST_MS = 1_000;
/** Somebody else's lock is held for a few milliseconds. In all, up to a third of a second. */
const RETRIES = { retries: 8, factor: 1.5, minTimeout: 5, maxTimeout: 80, randomize: true };

export interface FileLeaseStoreOptions {
  /** The folder of state; made when the lease is first taken. On one machine: no network file system. */
  readonly folder: string;
  readonly shard: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The file could not be read, written or locked. */
export class FileLeaseError extends BridgeError {
  readonly code = 'FileLeaseFailed';
  readonly canRetry = true;
}

/**
 * A shard's lease in a file, for listeners on one machine. Comparing and writing are one step under a lock; reading
 * needs none, since the file is replaced by renaming.
 */
export class FileLeaseStore implements LeaseStore {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: Metrics;

  constructor({ folder, shard, clock, logger, metrics }: FileLeaseStoreOptions) {
    this.#path = join(folder, `${shard}.lease.json`);
    this.#clock = clock;
    this.#logger = logger;
    this.#metrics = metrics;
  }

  /** @throws {FileLeaseError} with the system's error as its cause */
  async read(): Promise<LeaseRecord | undefined> {
    return this.#guarded('read', async () => {
      const text = await readIfThere(this.#path);
      if (text === undefined) return undefined;
      return parseLeaseRecord(parseJson(text)) ?? (await this.#setAside());
    });
  }

  /** @throws {FileLeaseError} with the system's error as its cause */
  async swap(expectedNonce: string | undefined, next: LeaseRecord): Promise<boolean> {
    return this.#guarded('write', async () => {
      // Writing to the disk takes long, and needs no lock yet.
      const prepared = await writeBeside(this.#path, JSON.stringify(next));
      try {
        return await this.#locked(async (renameHere) => {
          const text = await readIfThere(this.#path);
          const present = text === undefined ? undefined : parseLeaseRecord(parseJson(text));
          if (text !== undefined && present === undefined) return false;
          if (present?.nonce !== expectedNonce) return false;
          await renameHere(prepared);
          return true;
        });
      } finally {
        await rm(prepared, { force: true });
      }
    });
  }

  /** Keeps what can't be read for whoever looks into it, and puts a stand-in into its place. */
  async #setAside(): Promise<LeaseRecord | undefined> {
    return this.#locked(async (renameHere) => {
      const text = await readIfThere(this.#path);
      if (text === undefined) return undefined;
      const json = parseJson(text);
      const present = parseLeaseRecord(json);
      // Another listener has been here first.
      if (present !== undefined) return present;
      const epoch = /"epoch":\s*(\d{1,15})/.exec(text)?.[1];
      const standIn = standInFor(json ?? { epoch }, randomUUID());
      const kept = corruptName(this.#path, this.#clock.now());
      const prepared = await writeBeside(this.#path, JSON.stringify(standIn));
      await rename(this.#path, kept);
      await renameHere(prepared);
      this.#logger.error({ file: this.#path, kept, epoch: standIn.epoch }, 'the lease could not be read');
      this.#metrics.count('StateUnreadable');
      return standIn;
    });
  }

  /** @param act is handed a way to put a file into the lease's place that refuses when the lock may be another's */
  async #locked<T>(act: (renameHere: (from: string) => Promise<void>) => Promise<T>): Promise<T> {
    await makeStateFolder(dirname(this.#path));
    let compromised: Error | undefined;
    const unlock = await lock(this.#path, {
      realpath: false,
      stale: STALE_MS,
      retries: RETRIES,
      onCompromised: (error) => {
        compromised = error;
      },
    });
    const lockedAt = this.#clock.monotonic();
    try {
      return await act(async (from) => {
        if (compromised !== undefined) throw compromised;
        if (this.#clock.monotonic() - lockedAt > MOST_MS) throw new Error('stalled while it had the lock');
        await rename(from, this.#path);
      });
    } finally {
      // One that was taken for stale is another's by now, and unlocking says so; the outcome is told by the above.
      await unlock().catch((error: unknown) => this.#logger.debug({ err: error }, 'the lock was gone'));
    }
  }

  async #guarded<T>(what: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      throw new FileLeaseError(`could not ${what} the lease in ${this.#path}`, { cause });
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is one of the ways in which a record can be unreadable; the caller handles them all alike.
    return undefined;
  }
}
