/**
 * Text derived from another (mended, or unwrapped from a string) that knows where each of its UTF-16 units
 * came from, so that a finding in it points at what was really written.
 */
export class TracedText {
  readonly text: string;
  readonly #origins: readonly number[];

  /** @param origins one index for each unit of the text, and one for its end */
  constructor(text: string, origins: readonly number[]) {
    this.text = text;
    this.#origins = origins;
  }

  /** The index in the decoded payload that the unit at `index` of this text came from. */
  origin(index: number): number {
    return this.#origins[Math.min(Math.max(index, 0), this.text.length)] ?? 0;
  }
}

/** Writes a traced text out of pieces of another. */
export class TraceBuilder {
  readonly #from: TracedText;
  readonly #origins: number[] = [];
  #text = '';

  constructor(from: TracedText) {
    this.#from = from;
  }

  copy(start: number, end: number): void {
    this.#text += this.#from.text.slice(start, end);
    for (let index = start; index < end; index++) this.#origins.push(this.#from.origin(index));
  }

  /** Writes `text`, all of which stands for what was at `index`. */
  put(text: string, index: number): void {
    this.#text += text;
    const origin = this.#from.origin(index);
    for (let count = 0; count < text.length; count++) this.#origins.push(origin);
  }

  build(end = this.#from.text.length): TracedText {
    return new TracedText(this.#text, [...this.#origins, this.#from.origin(end)]);
  }
}
