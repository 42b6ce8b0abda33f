import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeDurably } from './durable-file.ts';
import { type Payload, type PayloadSource, type PayloadStore, PayloadStoreError } from './payload-store.ts';

/** A payload store in a folder, for a laptop: a file for each event, readable by its owner only. */
export class FolderPayloadStore implements PayloadStore, PayloadSource {
  readonly #folder: string;

  /** @param folder made when the first payload comes */
  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  refOf(eventId: string): string {
    // An id is no path, whatever it holds.
    return pathToFileURL(join(this.#folder, `${encodeURIComponent(eventId)}.json`)).href;
  }

  /** @throws {PayloadStoreError} with the system's error as its cause */
  async put({ ref, body }: Payload): Promise<void> {
    const path = this.#pathOf(ref);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeDurably(path, body);
    } catch (cause) {
      throw new PayloadStoreError(`could not write ${path}`, { cause });
    }
  }

  /** @throws {PayloadStoreError} with the system's error as its cause */
  async read(ref: string): Promise<string> {
    const path = this.#pathOf(ref);
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      throw new PayloadStoreError(`could not read ${path}`, { cause });
    }
  }

  /** What was parked holds references that anybody may have written, so that they reach no other folder. */
  #pathOf(ref: string): string {
    if (!ref.startsWith('file://') || !URL.canParse(ref))
      throw new PayloadStoreError(`"${ref}" is no address in ${this.#folder}`);
    const path = fileURLToPath(ref);
    if (dirname(path) !== this.#folder)
      throw new PayloadStoreError(`"${ref}" is no address in ${this.#folder}`);
    return path;
  }
}
