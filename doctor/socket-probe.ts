import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Clock } from '../listener/clock.ts';
import type { Dialect } from '../listener/contract/vocabulary.ts';
import type { Evidence, EvidenceOf, Stage } from '../listener/diagnosis/evidence.ts';
import { evidenceOfFailedOpen, systemCodeOf } from '../listener/diagnosis/evidence-of-error.ts';
import { type FrameMeaning, readFrame } from './frame-meaning.ts';
import type { Transcript } from './transcript.ts';

/** The same limit as the listener's, in bytes. */
const LONGEST_FRAME_BYTES = 16 * 1024 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;
const NORMAL_CLOSURE = 1000;

// A constant of its own, because the published types of `ws` don't know `closeTimeout` yet.
const SOCKET_OPTIONS = {
  maxPayload: LONGEST_FRAME_BYTES,
  closeTimeout: CLOSE_TIMEOUT_MS,
  perMessageDeflate: false,
  followRedirects: false,
};

export interface ProbeOptions {
  readonly url: string;
  readonly dialect: Dialect;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly transcript: Transcript;
}

interface Noted {
  readonly what: string;
  readonly atMs: number;
}

/** A WebSocket that is watched: what goes each way and when, how far it came, and how it ended. */
export class SocketProbe {
  readonly #ws: WebSocket;
  readonly #options: ProbeOptions;
  readonly #number: number;
  readonly #evidence: Evidence[] = [];
  readonly #waiting = new Set<() => void>();
  #openedAtMs: number;
  #stage: Stage = 'opened';
  #subscribedAtMs: number | undefined;
  #scopes: readonly string[] | undefined;
  #lastSent: Noted | undefined;
  #lastReceived: Noted | undefined;
  #pingSinceMs: number | undefined;
  #pings = 0;
  #events = 0;
  #error: string | undefined;
  #ended: EvidenceOf<'socket-ended'> | undefined;
  readonly #end = new AbortController();
  #leaving = false;

  private constructor(ws: WebSocket, options: ProbeOptions) {
    this.#ws = ws;
    this.#options = options;
    this.#number = options.transcript.begin();
    this.#openedAtMs = options.clock.monotonic();
    ws.on('message', (data, isBinary) => {
      const bytes = Buffer.isBuffer(data)
        ? data
        : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
      this.#received(
        readFrame(options.dialect, isBinary ? bytes : bytes.toString('utf8')),
        isBinary ? bytes : bytes.toString('utf8'),
      );
    });
    ws.on('pong', (data) => this.#received({ what: 'pong', isLife: true }, data.toString('utf8')));
    ws.on('error', (error) => {
      this.#error = systemCodeOf(error);
    });
    ws.on('close', (code, reason) => this.#closed(code, reason.toString('utf8')));
  }

  /** Opens a socket. @returns the probe, or what kept it from opening */
  static async open(options: ProbeOptions): Promise<SocketProbe | Evidence> {
    const { url, headers, clock } = options;
    const startMs = clock.monotonic();
    const ws = new WebSocket(url, { ...SOCKET_OPTIONS, headers });
    const probe = new SocketProbe(ws, options);
    const failure = await new Promise<Evidence | undefined>((resolve) => {
      const cancel = clock.after(HANDSHAKE_TIMEOUT_MS, () => {
        resolve({ kind: 'upgrade-unanswered', code: 'ETIMEDOUT', afterMs: clock.monotonic() - startMs });
      });
      ws.once('open', () => {
        cancel();
        resolve(undefined);
      });
      ws.once('unexpected-response', (request, response: IncomingMessage) => {
        cancel();
        response.resume();
        request.destroy();
        resolve({ kind: 'upgrade-refused', status: response.statusCode ?? 0 });
      });
      ws.once('error', (error) => {
        cancel();
        resolve(evidenceOfFailedOpen(error, new URL(url).host, clock.monotonic() - startMs));
      });
    });
    if (failure === undefined) {
      probe.#openedAtMs = clock.monotonic();
      probe.#note('none', 'opened');
      return probe;
    }
    probe.#note('none', failure.kind);
    probe.#leaving = true;
    ws.terminate();
    return failure;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** How the connection ended, if it has. */
  get ended(): EvidenceOf<'socket-ended'> | undefined {
    return this.#ended;
  }

  /** The scopes that the server named, if it did. */
  get scopes(): readonly string[] | undefined {
    return this.#scopes;
  }

  /** Events received. */
  get events(): number {
    return this.#events;
  }

  /** Aborts when the connection has ended by itself. */
  get endSignal(): AbortSignal {
    return this.#end.signal;
  }

  /** What the server said, and how it ended. */
  get evidence(): readonly Evidence[] {
    return this.#ended ? [...this.#evidence, this.#ended] : this.#evidence;
  }

  /** Whether something came since the last ping. */
  get isAnswering(): boolean {
    return this.#pingSinceMs === undefined;
  }

  /** Milliseconds since a ping was sent that nothing answered. */
  get unansweredMs(): number {
    return this.#pingSinceMs === undefined ? 0 : this.#options.clock.monotonic() - this.#pingSinceMs;
  }

  /** The silence as evidence. */
  silence(): Evidence {
    const now = this.#options.clock.monotonic();
    const silentMs = now - (this.#lastReceived?.atMs ?? this.#openedAtMs);
    return { kind: 'silence', silentMs, pings: this.#pings, stage: this.#stage };
  }

  reach(stage: Stage): void {
    this.#stage = stage;
    if (stage === 'subscribed') this.#subscribedAtMs = this.#options.clock.monotonic();
  }

  send(what: string, data: string | Uint8Array): void {
    this.#note('out', what, typeof data === 'string' ? data : Buffer.from(data).toString('utf8'));
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(data, { binary: false });
  }

  /** Asks for a sign of life, each dialect in its own way. */
  ping(): void {
    this.#pings += 1;
    this.#pingSinceMs ??= this.#options.clock.monotonic();
    if (this.#options.dialect === 'channels') this.send('ping', '{"message":"ping"}');
    else {
      this.#note('out', 'ping');
      if (this.#ws.readyState === WebSocket.OPEN) this.#ws.ping();
    }
  }

  /** Resolves when `condition` holds, the socket has ended, or the time is up. @returns whether it holds */
  async until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(timeoutMs, () => settle());
      const settle = () => {
        cancel();
        this.#waiting.delete(look);
        resolve();
      };
      const look = () => {
        if (condition() || this.#ended !== undefined) settle();
      };
      this.#waiting.add(look);
      look();
    });
    return condition();
  }

  /** Leaves in form, or without after 2 s. */
  async close(): Promise<void> {
    this.#leaving = true;
    if (this.#ws.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(CLOSE_TIMEOUT_MS, () => this.#ws.terminate());
      this.#ws.once('close', () => {
        cancel();
        resolve();
      });
      this.#ws.close(NORMAL_CLOSURE);
    });
  }

  #received(meaning: FrameMeaning, data: string | Buffer): void {
    this.#note('in', meaning.what, data);
    this.#pingSinceMs = undefined;
    if (meaning.announcement) {
      const text = this.#options.transcript.redact(meaning.announcement.text);
      this.#evidence.push({ ...meaning.announcement, text });
    }
    if (meaning.stage) this.reach(meaning.stage);
    if (meaning.scopes) this.#scopes = meaning.scopes;
    if (meaning.what === 'event') this.#events += 1;
    if (meaning.isLife && this.#stage === 'subscribed') this.#stage = 'alive';
    this.#tell();
  }

  #closed(closeCode: number, reason: string): void {
    this.#note('none', `ended ${closeCode}`, reason);
    if (this.#leaving || this.#ended !== undefined) return;
    if (this.#error === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
      this.#evidence.push({ kind: 'frame-too-large', limitBytes: LONGEST_FRAME_BYTES });
    const now = this.#options.clock.monotonic();
    const ago = (noted: Noted | undefined) => noted && { what: noted.what, agoMs: now - noted.atMs };
    this.#ended = {
      kind: 'socket-ended',
      closeCode,
      reason: this.#options.transcript.redact(reason),
      error: this.#error,
      stage: this.#stage,
      lastSent: ago(this.#lastSent),
      lastReceived: ago(this.#lastReceived),
      openMs: now - this.#openedAtMs,
      subscribedMs: this.#subscribedAtMs === undefined ? undefined : now - this.#subscribedAtMs,
      events: this.#events,
      pingUnansweredMs: this.#pingSinceMs === undefined ? undefined : now - this.#pingSinceMs,
    };
    this.#end.abort();
    this.#tell();
  }

  #note(direction: 'out' | 'in' | 'none', what: string, data: string | Buffer = ''): void {
    const noted = { what, atMs: this.#options.clock.monotonic() };
    if (direction === 'out') this.#lastSent = noted;
    if (direction === 'in') this.#lastReceived = noted;
    this.#options.transcript.add(this.#number, direction, what, data);
  }

  #tell(): void {
    for (const look of [...this.#waiting]) look();
  }
}
