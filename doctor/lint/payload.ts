import { isUtf8 } from 'node:buffer';
import type { Position } from './finding.ts';
import { TracedText } from './traced-text.ts';

const REPLACEMENT = '\ufffd';
const ASCII_END = 0x80;
const CONTINUATION_MASK = 0xc0;

/** What the bytes are, before anything is read as JSON. */
export type Encoding = 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'utf-16be';

/**
 * A payload as text that remembers its bytes. Decoding never fails: what isn't UTF-8 becomes U+FFFD and is
 * listed. A byte-order mark is no part of the text.
 */
export class Payload {
  readonly encoding: Encoding;
  /** Indexes into the text where bytes weren't UTF-8; a run of such bytes counts once. */
  readonly undecodable: readonly number[];
  readonly text: string;
  readonly #byteOffsets: readonly number[];
  readonly #lineStarts: readonly number[];

  constructor(bytes: Uint8Array) {
    this.encoding = encodingOf(bytes);
    const decoded = this.encoding.startsWith('utf-16')
      ? decodeUtf16(bytes, this.encoding === 'utf-16be')
      : decodeUtf8(bytes, this.encoding === 'utf-8-bom' ? 3 : 0);
    this.text = decoded.text;
    this.undecodable = decoded.undecodable;
    this.#byteOffsets = decoded.byteOffsets;
    this.#lineStarts = [
      0,
      ...[...this.text.matchAll(/\r\n|\n|\r/g)].map((match) => match.index + match[0].length),
    ];
  }

  traced(): TracedText {
    return new TracedText(
      this.text,
      Array.from({ length: this.text.length + 1 }, (_, index) => index),
    );
  }

  position(index: number): Position {
    const line = this.#lineOf(index);
    const lineStart = this.#lineStarts[line - 1] ?? 0;
    return {
      offset: this.#byteOffsets[index] ?? 0,
      line,
      column: [...this.text.slice(lineStart, index)].length + 1,
    };
  }

  /** Binary search: a hostile payload has as many lines as bytes. */
  #lineOf(index: number): number {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#lineStarts[middle] ?? 0) <= index) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}

interface Decoded {
  readonly text: string;
  /** For each UTF-16 unit of the text, and for its end. */
  readonly byteOffsets: readonly number[];
  readonly undecodable: readonly number[];
}

function encodingOf(bytes: Uint8Array): Encoding {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8-bom';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return 'utf-8';
}

function decodeUtf16(bytes: Uint8Array, bigEndian: boolean): Decoded {
  const even = Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)));
  const text = (bigEndian ? even.swap16() : even).toString('utf16le');
  return {
    text,
    byteOffsets: Array.from({ length: text.length + 1 }, (_, index) => 2 + 2 * index),
    undecodable: [],
  };
}

function decodeUtf8(bytes: Uint8Array, start: number): Decoded {
  const byteOffsets: number[] = [];
  const undecodable: number[] = [];
  let text = '';
  let at = start;
  while (at < bytes.length) {
    const character = characterAt(bytes, at);
    if (character === undefined) undecodable.push(text.length);
    const written = character ?? REPLACEMENT;
    for (let unit = 0; unit < written.length; unit++) byteOffsets.push(at);
    text += written;
    at = character === undefined ? endOfUndecodable(bytes, at) : at + sequenceLength(bytes[at] ?? 0);
  }
  return { text, byteOffsets: [...byteOffsets, bytes.length], undecodable };
}

function characterAt(bytes: Uint8Array, at: number): string | undefined {
  const lead = bytes[at] ?? 0;
  if (lead < ASCII_END) return String.fromCharCode(lead);
  const length = sequenceLength(lead);
  const sequence = Buffer.from(bytes.subarray(at, at + length));
  return sequence.length === length && length > 0 && isUtf8(sequence) ? sequence.toString('utf8') : undefined;
}

/** Bytes of the sequence that a lead byte opens (RFC 3629); 0 when it can't open one. */
function sequenceLength(lead: number): number {
  if (lead < ASCII_END) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

function endOfUndecodable(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (((bytes[end] ?? 0) & CONTINUATION_MASK) === ASCII_END) end++;
  return end;
}
