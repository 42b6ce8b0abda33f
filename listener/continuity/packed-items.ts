import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * What an item's body takes at most, in bytes. DynamoDB allows 400 KB, but a partition takes 1,000 KB a second, and
 * the lease is in the same one.
 */
const MOST_BYTES = 100_000;
/** How much text is packed at a time, in characters. Ids and digests in hex shrink to less than 60 percent. */
const CHUNK_CHARACTERS = 150_000;

/** An unpacked body is a few times the packed one; a damaged one could claim to be anything. */
const MOST_UNPACKED_BYTES = 16_000_000;

/** Packs values into as few bodies as fit: each the gzipped JSON of an array. No values make no body. */
export async function pack(values: readonly unknown[]): Promise<Uint8Array[]> {
  const bodies: Uint8Array[] = [];
  let texts: string[] = [];
  let characters = 0;
  for (const value of values) {
    const text = JSON.stringify(value);
    if (texts.length > 0 && characters + text.length > CHUNK_CHARACTERS) {
      bodies.push(...(await packTexts(texts)));
      texts = [];
      characters = 0;
    }
    texts.push(text);
    characters += text.length;
  }
  if (texts.length > 0) bodies.push(...(await packTexts(texts)));
  return bodies;
}

async function packTexts(texts: readonly string[]): Promise<Uint8Array[]> {
  const body = await compress(`[${texts.join(',')}]`);
  if (body.length <= MOST_BYTES || texts.length === 1) return [body];
  const half = Math.ceil(texts.length / 2);
  return [...(await packTexts(texts.slice(0, half))), ...(await packTexts(texts.slice(half)))];
}

/** @throws when the body is damaged or holds something else */
export async function unpack<T extends z.ZodType>(body: Uint8Array, schema: T): Promise<z.infer<T>[]> {
  const text = await decompress(body, { maxOutputLength: MOST_UNPACKED_BYTES });
  return z.array(schema).parse(JSON.parse(text.toString()));
}
