interface Node<T> {
  readonly value: T;
  next: Node<T> | undefined;
}

/** First in, first out, in constant time at any length (`Array.shift` moves all that is left). */
export class Fifo<T> {
  #first: Node<T> | undefined;
  #last: Node<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(value: T): void {
    const node: Node<T> = { value, next: undefined };
    if (this.#last === undefined) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#size += 1;
  }

  peek(): T | undefined {
    return this.#first?.value;
  }

  shift(): T | undefined {
    const node = this.#first;
    if (node === undefined) return undefined;
    this.#first = node.next;
    if (this.#first === undefined) this.#last = undefined;
    this.#size -= 1;
    return node.value;
  }
}
