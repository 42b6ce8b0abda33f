import type { FindingCode, Report } from './finding.ts';
import { TraceBuilder, type TracedText } from './traced-text.ts';

/**
 * What stands in a text, as far as it matters here. Each alternative takes all it can in one go, an unclosed
 * quote or comment up to its end, so that the time to read a text grows with its length and no faster.
 */
const PIECE = new RegExp(
  [
    `(?<json>"${inside('"')}"?)`,
    `(?<other>(?:'${inside("'")}|\`${inside('`')}|[“”„]${inside('“”"')}|[‘’]${inside("‘’'")})(?<closed>["'\`“”‘’]?))`,
    String.raw`(?<comment>//[^\r\n]*|#[^\r\n]*|/\*.*?(?:\*/|$))`,
    String.raw`(?<space>\s+)`,
    String.raw`(?<mark>[{}[\]:,])`,
    String.raw`(?<word>[\p{L}\p{N}_$.<-][^\s{}[\],:"'\x60“”„‘’/#]*)`,
    '(?<sign>.)',
  ].join('|'),
  'suy',
);

const BLANK = /\s+|\/\/[^\r\n]*|#[^\r\n]*|\/\*.*?(?:\*\/|$)/suy;

/** The rest of a value without quotes may hold colons and slashes, as a path does. */
const REST_OF_VALUE = /[^\s{}[\],"'`“”„‘’]*/y;
const JSON_WORD = /^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;
const NULL_ELSEWHERE = /^(?:undefined|None|nil|NaN)$/;

type Slip = Extract<
  FindingCode,
  'subscribe-comment' | 'subscribe-trailing-comma' | 'subscribe-wrong-quotes' | 'subscribe-unquoted'
>;

const SLIPS: Readonly<Record<Slip, { readonly message: string; readonly fix: string }>> = {
  'subscribe-comment': { message: 'JSON has no comments', fix: 'Leave the comment out.' },
  'subscribe-trailing-comma': {
    message: 'A comma after the last item is not JSON',
    fix: 'Remove this comma.',
  },
  'subscribe-wrong-quotes': {
    message: 'JSON strings stand in straight double quotes (")',
    fix: 'Write " on both sides.',
  },
  'subscribe-unquoted': {
    message: 'Keys and texts stand in double quotes',
    fix: 'Put it into double quotes; if a shell took them away, put single quotes round the whole.',
  },
};

/** The text between two quotes, escapes included. */
function inside(quotes: string): string {
  return String.raw`(?:[^${quotes}\\\r\n]+|\\[^\r\n])*`;
}

/**
 * Turns what people write by hand (comments, trailing commas, other quotes, no quotes) into JSON, and reports
 * each kind of slip once: where it is first, and how often. All else stays as it is.
 */
export function mendHandWritten(source: TracedText, report: Report): TracedText {
  const slips = new Map<Slip, number[]>();
  const mended = new Mender(source, slips).mend();
  for (const [code, places] of slips) {
    const [at = 0] = places;
    const times = places.length > 1 ? ` (${places.length} times in this payload)` : '';
    report({ code, at, message: `${SLIPS[code].message}${times}`, fix: SLIPS[code].fix });
  }
  return mended;
}

class Mender {
  readonly #source: TracedText;
  readonly #slips: Map<Slip, number[]>;
  readonly #out: TraceBuilder;
  readonly #open: string[] = [];
  /** The last bracket, colon or comma, or nothing when a value came after it. */
  #mark = '';

  constructor(source: TracedText, slips: Map<Slip, number[]>) {
    this.#source = source;
    this.#slips = slips;
    this.#out = new TraceBuilder(source);
  }

  mend(): TracedText {
    const { text } = this.#source;
    let at = 0;
    while (at < text.length) {
      PIECE.lastIndex = at;
      const groups = PIECE.exec(text)?.groups ?? {};
      at = this.#write(groups, at, Math.max(PIECE.lastIndex, at + 1));
    }
    return this.#out.build();
  }

  /** @returns where reading goes on */
  #write(groups: Readonly<Record<string, string | undefined>>, start: number, end: number): number {
    if (groups['comment'] !== undefined) return this.#drop('subscribe-comment', start, end);
    if (groups['mark'] === ',' && this.#closesAfter(end))
      return this.#drop('subscribe-trailing-comma', start, end);
    if (groups['closed']) return this.#requote(start, end);
    if (groups['word'] !== undefined && this.#expectsText()) return this.#quoteWord(start, end);
    this.#out.copy(start, end);
    if (groups['mark'] !== undefined) this.#step(groups['mark']);
    else if (groups['space'] === undefined) this.#mark = '';
    return end;
  }

  /** Whether nothing but white space and comments stands before the next closing bracket. */
  #closesAfter(start: number): boolean {
    const { text } = this.#source;
    let at = start;
    for (BLANK.lastIndex = at; BLANK.test(text); ) at = BLANK.lastIndex;
    return text[at] === '}' || text[at] === ']';
  }

  #expectsText(): boolean {
    return this.#mark !== '' && '{[,:'.includes(this.#mark);
  }

  #step(mark: string): void {
    this.#mark = mark;
    if (mark === '{' || mark === '[') this.#open.push(mark);
    if (mark === '}' || mark === ']') this.#open.pop();
  }

  #slip(code: Slip, at: number): void {
    const places = this.#slips.get(code);
    if (places) places.push(at);
    else this.#slips.set(code, [at]);
  }

  #drop(code: Slip, start: number, end: number): number {
    this.#slip(code, start);
    this.#out.put(' ', start);
    return end;
  }

  #requote(start: number, end: number): number {
    this.#slip('subscribe-wrong-quotes', start);
    this.#putString(start, start + 1, end - 1);
    return end;
  }

  #quoteWord(start: number, wordEnd: number): number {
    const { text } = this.#source;
    const isKey = this.#open.at(-1) === '{' && this.#mark !== ':';
    REST_OF_VALUE.lastIndex = wordEnd;
    const end = isKey ? wordEnd : wordEnd + (REST_OF_VALUE.exec(text)?.[0].length ?? 0);
    const word = text.slice(start, end);
    if (!isKey && JSON_WORD.test(word)) {
      this.#out.copy(start, end);
      this.#mark = '';
      return end;
    }
    this.#slip('subscribe-unquoted', start);
    if (!isKey && NULL_ELSEWHERE.test(word)) {
      this.#out.put('null', start);
      this.#mark = '';
    } else this.#putString(start, start, end);
    return end;
  }

  /** Writes what stands from `from` to `end` as a JSON string that begins at `start`. */
  #putString(start: number, from: number, end: number): void {
    const { text } = this.#source;
    this.#out.put('"', start);
    for (let at = from; at < end; at++) {
      if (text[at] === '"') this.#out.put('\\"', at);
      else if (text[at] !== '\\') this.#out.copy(at, at + 1);
      else if (text[at + 1] === "'" || text[at + 1] === '`') this.#out.copy(++at, at + 1);
      else this.#out.copy(at, ++at + 1);
    }
    this.#out.put('"', start);
    this.#mark = '';
  }
}
