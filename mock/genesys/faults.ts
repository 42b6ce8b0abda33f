/** How a request is to fail. */
export interface Failure {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
  /** For how many matching requests; 1 if not said, `Infinity` until it is taken back. */
  readonly times?: number;
}

/** Failures that were ordered and have not happened yet. */
export class Faults {
  readonly #requests = new Set<{ method: string; path: RegExp; failure: Failure; left: number }>();
  readonly #delays = new Set<{ path: RegExp; ms: number }>();
  #upgrades: { status: number; left: number } = { status: 503, left: 0 };
  /** Handed out in place of the right address of a channel; `{id}` stands for the channel's id. */
  connectUri: string | undefined;

  /** @param method `*` stands for any. Returns what takes the order back. */
  failNext(method: string, path: RegExp, failure: Failure): () => void {
    const order = { method: method.toUpperCase(), path, failure, left: failure.times ?? 1 };
    this.#requests.add(order);
    return () => this.#requests.delete(order);
  }

  /** Has requests wait before they are handled. Returns what takes the order back. */
  delay(path: RegExp, ms: number): () => void {
    const order = { path, ms };
    this.#delays.add(order);
    return () => this.#delays.delete(order);
  }

  /** How long this request is to wait, in milliseconds. */
  delayOf(path: string): number {
    return Math.max(0, ...[...this.#delays].filter((order) => order.path.test(path)).map(({ ms }) => ms));
  }

  refuseNextUpgrades(status: number, times: number): void {
    this.#upgrades = { status, left: times };
  }

  /** The failure that this request is to meet, if any; counts it as happened. */
  takeRequest(method: string, path: string): Failure | undefined {
    for (const order of this.#requests) {
      if ((order.method !== '*' && order.method !== method) || !order.path.test(path)) continue;
      order.left -= 1;
      if (order.left === 0) this.#requests.delete(order);
      return order.failure;
    }
    return undefined;
  }

  /** The status with which to refuse this upgrade, if any; counts it as happened. */
  takeUpgrade(): number | undefined {
    if (this.#upgrades.left === 0) return undefined;
    this.#upgrades.left -= 1;
    return this.#upgrades.status;
  }
}
