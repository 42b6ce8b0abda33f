import { z } from 'zod';
import { Failure } from './failure.ts';
import type { SecretSettings } from './settings.ts';

/** Where secrets are kept, and remembered for a while. */
export interface SecretStore {
  /**
   * The secret as text; undefined when it holds none.
   * @param fresh ask the store, whatever is remembered
   */
  read(id: string, options: { ttlSeconds: number; fresh: boolean }): Promise<string | undefined>;
}

const jsonSecret = z.record(z.string(), z.unknown());

/** Visible ASCII and spaces: anything else `fetch` refuses, with the whole value in its error. */
const HEADER_VALUE = /^[ -~]+$/;

/** The API's key, as a header. */
export class ApiKey {
  readonly #settings: SecretSettings | undefined;
  readonly #store: SecretStore;
  #last: string | undefined;

  constructor(settings: SecretSettings | undefined, store: SecretStore) {
    this.#settings = settings;
    this.#store = store;
  }

  /**
   * The header that carries the key; none when no secret is configured.
   * @throws {Failure} `SecretUnavailable` or `SecretMalformed`
   */
  async headers(): Promise<Readonly<Record<string, string>>> {
    if (this.#settings === undefined) return {};
    const { header, scheme } = this.#settings;
    const key = await this.#remembered(this.#settings);
    return { [header]: scheme === undefined ? key : `${scheme} ${key}` };
  }

  /**
   * Reads the secret again, because the API refused the key: it may have been rotated.
   * @returns whether the key is another one now
   * @throws {Failure} `SecretUnavailable` or `SecretMalformed`
   */
  async renew(): Promise<boolean> {
    if (this.#settings === undefined) return false;
    const before = this.#last;
    return (await this.#read(this.#settings, true)) !== before;
  }

  /** Takes the key out of a text that comes from elsewhere. */
  redact(text: string): string {
    return this.#last === undefined ? text : text.replaceAll(this.#last, '[redacted]');
  }

  /** A malformed secret is not kept to the end of its time: it may have been mended meanwhile. */
  async #remembered(settings: SecretSettings): Promise<string> {
    try {
      return await this.#read(settings, false);
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'SecretMalformed')) throw error;
      return this.#read(settings, true);
    }
  }

  async #read(settings: SecretSettings, fresh: boolean): Promise<string> {
    const { id, ttlSeconds } = settings;
    const text = await this.#store.read(id, { ttlSeconds, fresh }).catch((error: unknown) => {
      throw new Failure('SecretUnavailable', `the secret could not be read: ${errorNameOf(error)}`);
    });
    if (text === undefined) throw new Failure('SecretUnavailable', 'the secret holds no text');
    const key = keyIn(text, settings.field).trim();
    if (!HEADER_VALUE.test(key))
      throw new Failure('SecretMalformed', 'the key is empty or holds characters that no header can carry');
    this.#last = key;
    return key;
  }
}

function keyIn(text: string, field: string | undefined): string {
  if (field === undefined) return text;
  const value = jsonSecret.safeParse(parsed(text)).data?.[field];
  if (typeof value === 'string') return value;
  throw new Failure('SecretMalformed', `the secret is no JSON object with the text "${field}"`);
}

/** The error of `JSON.parse` is left out on purpose: it quotes the secret. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The name alone: AWS's messages are not ours to vouch for. */
function errorNameOf(error: unknown): string {
  const origin = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return origin instanceof Error ? origin.name : 'an unknown error';
}
