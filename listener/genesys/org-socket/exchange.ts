import type { Cancel, Clock } from '../../clock.ts';
import { ConnectError, type ConnectionListener, type ReceivedFrame } from '../session/dialect.ts';
import type { Ending } from '../session/end-reason.ts';
import { Socket, type SocketRequest } from '../session/socket.ts';
import { type Answer, nameOfFrame, readAnswer } from './messages.ts';

/** How long the server may take over an answer, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;

/** One question that has not been answered yet. */
interface Pending {
  answered(answer: Answer): void;
  failed(ending: Ending): void;
}

/**
 * The socket, with questions asked on it one at a time, and with a memory of the last words each way: when the
 * TCP connection is cut, with no word of why, they are the only trace.
 */
export class Exchange {
  readonly #listener: ConnectionListener;
  readonly #clock: Clock;
  #socket: Socket | undefined;
  #pending: Pending | undefined;
  #sent: { readonly what: string; readonly atMs: number } | undefined;
  #received: ReceivedFrame | undefined;

  private constructor(listener: ConnectionListener, clock: Clock) {
    this.#listener = listener;
    this.#clock = clock;
  }

  /**
   * Connects.
   * @param listener gets every frame but errors that answer a question, and the end if no question is open
   * @throws {ConnectError} refused, unreachable or too slow
   */
  static async open(request: SocketRequest, listener: ConnectionListener): Promise<Exchange> {
    const exchange = new Exchange(listener, request.clock);
    exchange.#socket = await Socket.open(request, {
      frame: (frame) => exchange.#frame(frame),
      alive: () => listener.alive(),
      answered: () => listener.answered?.(),
      sent: (bytes) => listener.sent?.(bytes),
      received: (bytes) => listener.received?.(bytes),
      ended: (ending) => exchange.#ended(ending),
    });
    return exchange;
  }

  /**
   * Sends a message and waits for its answer.
   * @param what the message's type
   * @throws {ConnectError} there was none in time, or the socket has ended; AbortError when `signal` aborts
   */
  ask(what: string, text: string, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let cancel: Cancel = () => {};
      const settle = (act: () => void) => {
        this.#pending = undefined;
        cancel();
        signal.removeEventListener('abort', abort);
        act();
      };
      const failed = (ending: Ending) => settle(() => reject(new ConnectError(ending)));
      const abort = () => settle(() => reject(signal.reason));
      cancel = this.#clock.after(ANSWER_TIMEOUT_MS, () =>
        failed({
          reason: 'handshake-unanswered',
          detail: `no answer to ${what} within ${ANSWER_TIMEOUT_MS / 1000} s`,
        }),
      );
      signal.addEventListener('abort', abort, { once: true });
      this.#pending = { answered: (answer) => settle(() => resolve(answer)), failed };
      if (signal.aborted) return abort();
      this.#socket?.send(text);
      this.#note(what);
    });
  }

  /** Asks for a sign of life by a ping of the protocol. */
  ping(): void {
    this.#socket?.ping();
    this.#note('ping');
  }

  async close(): Promise<void> {
    await this.#socket?.close();
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  terminate(): void {
    this.#socket?.terminate();
  }

  #note(what: string): void {
    this.#sent = { what, atMs: this.#clock.monotonic() };
  }

  #frame(frame: ReceivedFrame): void {
    this.#received = frame;
    const answer = this.#pending && readAnswer(frame);
    // An error that answers a question is told to who asked: passed on, it would end the connection twice.
    if (answer?.kind !== 'failed') this.#listener.frame(frame);
    if (answer) this.#pending?.answered(answer);
  }

  #ended(ending: Ending): void {
    const told = { ...ending, detail: `${ending.detail}; ${this.#lastWords()}` };
    if (this.#pending) this.#pending.failed(told);
    else this.#listener.ended(told);
  }

  #lastWords(): string {
    const since = (ms: number) => `${Math.round(this.#clock.monotonic() - ms)} ms before`;
    const sent = this.#sent ? `${this.#sent.what} ${since(this.#sent.atMs)}` : 'nothing';
    const received = this.#received
      ? `${nameOfFrame(this.#received)} ${since(this.#received.receivedAtMs)}`
      : 'nothing';
    return `last sent: ${sent}; last received: ${received}`;
  }
}
