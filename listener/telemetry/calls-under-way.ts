/** Counts calls, so that it can be seen whether they ever come to an end. */
export class CallsUnderWay {
  #begun = 0;
  #ended = 0;

  /** How many have begun and not ended. */
  get size(): number {
    return this.#begun - this.#ended;
  }

  /** How many have ended, one way or the other. */
  get ended(): number {
    return this.#ended;
  }

  /** Counts a call until its answer is there. */
  async counted<T>(answer: Promise<T>): Promise<T> {
    this.#begun++;
    try {
      return await answer;
    } finally {
      this.#ended++;
    }
  }

  /** Counts a call for each item that is waited for. */
  async *countedEach<T>(items: AsyncIterable<T>): AsyncGenerator<T, undefined> {
    const iterator = items[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.counted(iterator.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
}
