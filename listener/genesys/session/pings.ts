/** Pings of a connection, and who waits for their answers. An answer does not say which ping it is to. */
export class Pings {
  readonly #send: () => void;
  #waiting: (() => void)[] = [];
  #isOpen = false;

  /** @param send sends a ping, if there is a connection */
  constructor(send: () => void) {
    this.#send = send;
  }

  ping(): void {
    this.#isOpen = true;
    this.#send();
  }

  /** An answer came. */
  answer(): void {
    this.#isOpen = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const answered of waiting) answered();
  }

  /** Resolves with the answer to a ping, which is sent at once. Everything the server sent before has come then. */
  async answered(): Promise<void> {
    const mayBeStale = this.#isOpen;
    await this.#pong();
    // That one may have answered the ping before.
    if (mayBeStale) await this.#pong();
  }

  /** Asks for an answer to a ping, and resolves with the next one. */
  #pong(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.ping();
    });
  }
}
