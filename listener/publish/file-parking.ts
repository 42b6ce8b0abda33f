import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../clock.ts';
import { BridgeError } from '../errors.ts';
import { syncFolder } from './durable-file.ts';
import { parkedLine } from './parked-text.ts';
import type { ParkedItem, ParkingLot, ParkingReason } from './parking.ts';

/** What one write takes at most, unless a single line is longer. Bounds the memory of a burst. */
const CHUNK_BYTES = 1_000_000;

const NEW_LINE = 0x0a;

export interface FileParkingOptions {
  /** The file; it and its folder are made when the first item comes. */
  readonly path: string;
  readonly clock: Clock;
}

/** The file could not be written (a full disk, no permission). */
export class FileParkingError extends BridgeError {
  readonly code = 'FileParkingFailed';
  readonly canRetry = true;
}

interface Line {
  readonly text: string;
  readonly kept: () => void;
  readonly failed: (error: FileParkingError) => void;
}

/**
 * A parking lot in a JSON Lines file: `{formatVersion, parkedAt, reason, item}` on each line, readable by its owner only.
 * An item counts as kept once it is on the disk (fsync); items that come together share one.
 *
 * A write that fails or a process that dies half-way leaves a torn line. The next line never joins it,
 * so a reader skips what it cannot parse: that item was not kept, and was tried again.
 *
 * The file may be taken away by renaming it: an item counts as kept only if the file was still in its place
 * after the write, so that whoever has renamed it, and reads it then, finds everything that it holds for kept.
 */
export class FileParking implements ParkingLot {
  readonly #path: string;
  readonly #clock: Clock;
  #waiting: Line[] = [];
  #writing: Promise<void> | undefined;
  #handle: FileHandle | undefined;

  constructor(options: FileParkingOptions) {
    this.#path = options.path;
    this.#clock = options.clock;
  }

  /** @throws {FileParkingError} with the system's error as its cause */
  park(item: ParkedItem, reason: ParkingReason): Promise<void> {
    const parkedAt = new Date(this.#clock.now()).toISOString();
    return this.restore(parkedLine({ parkedAt, reason, item }));
  }

  /**
   * Parks a line that was taken out of such a file, as it is.
   * @param line without its line feed
   * @throws {FileParkingError} with the system's error as its cause
   */
  restore(line: string): Promise<void> {
    const text = `${line}\n`;
    return new Promise((kept, failed) => {
      this.#waiting.push({ text, kept, failed });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Waits for what is being parked and closes the file. A later `park` opens it again. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#closeFile();
  }

  async #writeAll(): Promise<void> {
    // One turn of the event loop lets items that come together share the fsync.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      for (const chunk of chunks(lines)) await this.#writeChunk(chunk);
    }
    this.#writing = undefined;
  }

  async #writeChunk(lines: readonly Line[]): Promise<void> {
    try {
      const text = lines.map((line) => line.text).join('');
      do {
        if (!(await this.#isInPlace())) await this.#closeFile();
        this.#handle ??= await openForAppending(this.#path);
        await this.#handle.appendFile(text);
        await this.#handle.sync();
      } while (!(await this.#isInPlace()));
    } catch (cause) {
      const error = new FileParkingError(`could not write ${this.#path}`, { cause });
      for (const line of lines) line.failed(error);
      await this.#abandonFile();
      return;
    }
    for (const line of lines) line.kept();
  }

  /** Whether the open file is the one that has the path's name. */
  async #isInPlace(): Promise<boolean> {
    if (this.#handle === undefined) return false;
    const [open, named] = await Promise.all([this.#handle.stat({ bigint: true }), statIfThere(this.#path)]);
    return open.ino === named?.ino && open.dev === named.dev;
  }

  /** After a failed write the state of the file is unknown, and opening it again looks at its end. */
  async #abandonFile(): Promise<void> {
    try {
      await this.#closeFile();
    } catch {
      // The write has already been reported as failed; a handle that can't be closed adds nothing to that.
    }
  }

  async #closeFile(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

function* chunks(lines: readonly Line[]): Generator<Line[]> {
  let chunk: Line[] = [];
  let bytes = 0;
  for (const line of lines) {
    if (chunk.length > 0 && bytes + line.text.length > CHUNK_BYTES) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(line);
    bytes += line.text.length;
  }
  if (chunk.length > 0) yield chunk;
}

async function openForAppending(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const handle = await open(path, 'a+', 0o600);
  try {
    const { size, mode } = await handle.stat();
    if ((mode & 0o077) !== 0) await handle.chmod(0o600);
    if (size === 0) await syncFolder(dirname(path));
    else if (!(await endsWithNewLine(handle, size))) await handle.appendFile('\n');
  } catch (error) {
    await handle.close();
    throw error;
  }
  return handle;
}

async function statIfThere(path: string) {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function endsWithNewLine(handle: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === NEW_LINE;
}
