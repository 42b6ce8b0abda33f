import { WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../../listener/clock.ts';

const ANSWER_TIMEOUT_MS = 5_000;

export type Frame = Readonly<Record<string, unknown>>;

const frameSchema = z.record(z.string(), z.unknown());

/** A socket whose frames are looked at as they are. */
export class RawSocket {
  readonly #ws: WebSocket;
  readonly #clock: Clock;
  readonly #frames: Frame[] = [];
  readonly #waiting = new Set<() => void>();
  closeCode: number | undefined;
  isPonged = false;

  private constructor(ws: WebSocket, clock: Clock) {
    this.#ws = ws;
    this.#clock = clock;
    // An error is always followed by `close`, which is where the connection ends.
    ws.on('error', () => undefined);
    ws.on('message', (data) => {
      const frame = frameSchema.safeParse(parse(data.toString()));
      if (frame.success) this.#frames.push(frame.data);
      this.#tell();
    });
    ws.on('pong', () => {
      this.isPonged = true;
      this.#tell();
    });
    ws.on('close', (code) => {
      this.closeCode = code;
      this.#tell();
    });
  }

  /** @returns the socket, or the HTTP status that refused it; 0 when nothing answered */
  static open(
    url: string,
    clock: Clock,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawSocket | number> {
    return new Promise((resolve) => {
      const ws = new WebSocket(url, { headers, perMessageDeflate: false });
      const socket = new RawSocket(ws, clock);
      const cancel = clock.after(ANSWER_TIMEOUT_MS, () => {
        resolve(0);
        ws.terminate();
      });
      const settle = (outcome: RawSocket | number) => {
        cancel();
        resolve(outcome);
      };
      ws.once('open', () => settle(socket));
      ws.once('unexpected-response', (request, response) => {
        settle(response.statusCode ?? 0);
        response.resume();
        request.destroy();
      });
      ws.once('error', () => settle(0));
    });
  }

  send(message: unknown): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(message));
  }

  ping(): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.ping();
  }

  /** The first frame from now on, or since the last call, that fits; undefined when none comes. */
  async next(fits: (frame: Frame) => boolean): Promise<Frame | undefined> {
    let found: Frame | undefined;
    await this.until(() => {
      const index = this.#frames.findIndex(fits);
      if (index >= 0) [found] = this.#frames.splice(index, 1);
      return index >= 0;
    });
    return found;
  }

  /** Resolves when the condition holds, the socket has ended, or nothing came for a while. */
  async until(condition: () => boolean, timeoutMs = ANSWER_TIMEOUT_MS): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(timeoutMs, () => settle());
      const settle = () => {
        cancel();
        this.#waiting.delete(look);
        resolve();
      };
      const look = () => {
        if (condition() || this.closeCode !== undefined) settle();
      };
      this.#waiting.add(look);
      look();
    });
  }

  terminate(): void {
    this.#ws.terminate();
  }

  #tell(): void {
    for (const look of [...this.#waiting]) look();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON is no frame of the protocol: there is nothing to learn from it.
    return undefined;
  }
}
