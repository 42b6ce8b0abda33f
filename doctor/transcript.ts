import type { Clock } from '../listener/clock.ts';
import type { Redactor } from '../listener/telemetry/redactor.ts';

/** Longer frames are cut: a transcript is there to be read. Characters. */
const MOST_TEXT = 16_384;

/** One frame, or one thing that happened to a socket. */
export interface TranscriptEntry {
  /** ISO 8601. */
  readonly at: string;
  /** Milliseconds since the transcript began. */
  readonly ms: number;
  /** Sockets are numbered in the order in which they were opened. */
  readonly socket: number;
  readonly direction: 'out' | 'in' | 'none';
  /** What kind of frame, or what happened. */
  readonly what: string;
  readonly bytes: number;
  readonly text: string;
}

/** Every frame both ways, with times, and with secrets taken out. */
export class Transcript {
  readonly #clock: Clock;
  readonly #redactor: Redactor;
  readonly #startMs: number;
  readonly #entries: TranscriptEntry[] = [];
  #sockets = 0;

  constructor(clock: Clock, redactor: Redactor) {
    this.#clock = clock;
    this.#redactor = redactor;
    this.#startMs = clock.monotonic();
  }

  get entries(): readonly TranscriptEntry[] {
    return this.#entries;
  }

  /** Takes secrets out of what a server says. */
  redact(text: string): string {
    return this.#redactor.redact(text);
  }

  /** Begins a socket. @returns its number */
  begin(): number {
    this.#sockets += 1;
    return this.#sockets;
  }

  add(
    socket: number,
    direction: TranscriptEntry['direction'],
    what: string,
    data: string | Buffer = '',
  ): void {
    const bytes = Buffer.byteLength(data);
    const text = typeof data === 'string' ? data : `(binary) ${data.subarray(0, 64).toString('hex')}`;
    this.#entries.push({
      at: new Date(this.#clock.now()).toISOString(),
      ms: Math.round(this.#clock.monotonic() - this.#startMs),
      socket,
      direction,
      what,
      bytes,
      // Redacted whole and cut afterwards: a secret that is cut in two is not found.
      text: cut(this.#redactor.redact(text)),
    });
  }

  /** One JSON object a line. Redacted again: a secret may have become known only later. */
  toLines(): string {
    return this.#entries.map((entry) => `${this.#redactor.redact(JSON.stringify(entry))}\n`).join('');
  }
}

function cut(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}… (${text.length} characters)`;
}
