/** Numbers that look random and are the same for the same seed (mulberry32). Not for secrets. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 0 (inclusive) to 1 (exclusive). */
  next(): number {
    return this.#word() / 4_294_967_296;
  }

  /** A whole number, both ends inclusive. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @throws RangeError when the list is empty */
  pick<T>(list: readonly T[]): T {
    const index = Math.floor(this.next() * list.length);
    for (const item of list.slice(index, index + 1)) return item;
    throw new RangeError('Nothing to pick from an empty list');
  }

  /** One of the keys, each as likely as its weight says. */
  weighted<K extends string>(keys: readonly K[], weight: (key: K) => number): K {
    let left = this.next() * keys.reduce((sum, key) => sum + weight(key), 0);
    for (const key of keys) {
      left -= weight(key);
      if (left < 0) return key;
    }
    return this.pick(keys);
  }

  /** A version 4 UUID. */
  uuid(): string {
    const a = this.#hex();
    const b = this.#hex();
    const c = this.#hex();
    const variant = '89ab'.charAt(this.int(0, 3));
    return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${variant}${c.slice(1, 4)}-${c.slice(4)}${this.#hex()}`;
  }

  #hex(): string {
    return this.#word().toString(16).padStart(8, '0');
  }

  #word(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
