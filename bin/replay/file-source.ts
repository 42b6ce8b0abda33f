import { createReadStream } from 'node:fs';
import { access, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { lock } from 'proper-lockfile';
import type { Clock } from '../../listener/clock.ts';
import { BridgeError } from '../../listener/errors.ts';
import { FileParking } from '../../listener/publish/file-parking.ts';
import type { Entry, Failure, ReplaySource } from './source.ts';

const BATCH_LINES = 500;
/** Of characters in a batch; one line may have more. */
const BATCH_LENGTH = 8_000_000;
const NEW_LINE = 0x0a;

/** Another replay is at work on the same file. */
export class ReplayBusyError extends BridgeError {
  readonly code = 'ReplayBusy';
  readonly canRetry = true;
}

/**
 * A parking file that a running listener may append to meanwhile. It is taken by renaming it, so that the listener
 * begins another; what stays parked is appended to that one. Only when all is done with is the renamed file deleted:
 * one that a killed replay has left behind is taken up by the next.
 */
export class FileSource implements ReplaySource {
  readonly name: string;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #parking: FileParking;
  readonly #looksOnly: boolean;
  #taken: readonly string[] = [];
  #unlock: (() => Promise<void>) | undefined;

  /** @param looksOnly leaves everything as it is */
  constructor(path: string, { clock, looksOnly }: { clock: Clock; looksOnly: boolean }) {
    this.name = path;
    this.#path = resolve(path);
    this.#clock = clock;
    this.#looksOnly = looksOnly;
    this.#parking = new FileParking({ path: this.#path, clock });
  }

  /** Whether there is such a file, or what an earlier replay has left of one. */
  async isThere(): Promise<boolean> {
    return (await exists(this.#path)) || (await this.#leftBehind()).length > 0;
  }

  /** @throws {ReplayBusyError} another replay is at work */
  async *batches(): AsyncGenerator<readonly Entry[]> {
    await this.#take();
    for (const path of this.#taken) yield* batchesOf(path);
  }

  async done(): Promise<void> {}

  async keep({ text }: Entry, failure?: Failure): Promise<void> {
    if (this.#looksOnly) return;
    if (failure === undefined) await this.#parking.restore(text);
    else await this.#parking.park(failure.record.item, failure.reason);
  }

  async finish(): Promise<void> {
    if (this.#looksOnly) return;
    for (const path of this.#taken) await unlink(path);
  }

  async close(): Promise<void> {
    await this.#parking.close();
    await this.#unlock?.();
  }

  async #take(): Promise<void> {
    const folder = dirname(this.#path);
    if (!(await exists(folder))) return;
    if (!this.#looksOnly) {
      await this.#lock();
      if (await exists(this.#path)) await rename(this.#path, this.#takenPath());
    }
    this.#taken = await this.#leftBehind();
    if (this.#looksOnly && (await exists(this.#path))) this.#taken = [...this.#taken, this.#path];
  }

  async #leftBehind(): Promise<string[]> {
    const folder = dirname(this.#path);
    if (!(await exists(folder))) return [];
    const prefix = `${basename(this.#path)}.replaying-`;
    const names = (await readdir(folder)).filter((name) => name.startsWith(prefix));
    return names.sort().map((name) => join(folder, name));
  }

  #takenPath(): string {
    const time = new Date(this.#clock.now()).toISOString().replaceAll(':', '');
    return `${this.#path}.replaying-${time}`;
  }

  async #lock(): Promise<void> {
    try {
      this.#unlock = await lock(this.#path, { realpath: false, lockfilePath: `${this.#path}.replay.lock` });
    } catch (cause) {
      const busy = cause instanceof Error && 'code' in cause && cause.code === 'ELOCKED';
      if (!busy) throw cause;
      throw new ReplayBusyError(`another replay is at work on ${this.name}; wait for it to end`, { cause });
    }
  }
}

async function* batchesOf(path: string): AsyncGenerator<readonly Entry[]> {
  let batch: Entry[] = [];
  let length = 0;
  for await (const text of linesOf(path)) {
    if (text === '') continue;
    batch.push({ text });
    length += text.length;
    if (batch.length < BATCH_LINES && length < BATCH_LENGTH) continue;
    yield batch;
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Node's own readline would break lines at U+2028, too, which JSON holds unescaped. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  for await (const chunk of createReadStream(path)) {
    let rest = Buffer.from(chunk);
    for (let end = rest.indexOf(NEW_LINE); end !== -1; end = rest.indexOf(NEW_LINE)) {
      yield Buffer.concat([...begun, rest.subarray(0, end)]).toString('utf8');
      begun = [];
      rest = rest.subarray(end + 1);
    }
    begun.push(rest);
  }
  yield Buffer.concat(begun).toString('utf8');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
