import { pino } from 'pino';
import type { Clock } from '../../../listener/clock.ts';
import { Lease } from '../../../listener/continuity/lease.ts';
import type { TermBefore } from '../../../listener/continuity/lease-contender.ts';
import type { LeaseRecord, LeaseStore } from '../../../listener/continuity/lease-store.ts';
import { MemoryLeaseStore } from '../../../listener/continuity/memory-lease-store.ts';
import { BridgeError } from '../../../listener/errors.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';

export const LEASE_MS = 3_000;

class StoreDown extends BridgeError {
  readonly code = 'StoreDown';
  readonly canRetry = true;
}

/** What happens to the calls of one host to the store. `after`: writes are made, but their answers are lost. */
type StoreFault = 'none' | 'before' | 'after' | 'hangs';

/**
 * One host: its own view of time and of the store. While it is stalled, its timers and the answers it gets wait, as
 * those of a stopped process do; its clock goes on.
 */
class Host implements LeaseStore {
  readonly #clock: ManualClock;
  readonly #store: LeaseStore;
  #waiting: (() => void)[] | undefined;
  fault: StoreFault = 'none';
  /** What the wall clock of this host is wrong by, in milliseconds. */
  skewMs = 0;

  constructor(clock: ManualClock, store: LeaseStore) {
    this.#clock = clock;
    this.#store = store;
  }

  readonly clock: Clock = {
    now: () => this.#clock.now() + this.skewMs,
    monotonic: () => this.#clock.monotonic(),
    after: (ms, fire) => {
      let cancelled = false;
      const cancel = this.#clock.after(ms, () => this.#run(() => !cancelled && fire()));
      return () => {
        cancelled = true;
        cancel();
      };
    },
    sleep: (ms, signal) => this.#clock.sleep(ms, signal),
  };

  get stalled(): boolean {
    return this.#waiting !== undefined;
  }

  stall(): void {
    this.#waiting ??= [];
  }

  wake(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const run of waiting) run();
  }

  read(): Promise<LeaseRecord | undefined> {
    return this.#call(() => this.#store.read(), this.fault === 'after' ? 'none' : this.fault);
  }

  swap(expectedNonce: string | undefined, next: LeaseRecord): Promise<boolean> {
    return this.#call(() => this.#store.swap(expectedNonce, next), this.fault);
  }

  async #call<T>(call: () => Promise<T>, fault: StoreFault): Promise<T> {
    if (fault === 'before') throw new StoreDown('no connection');
    // The request of a stopped process may still be on its way.
    const answer = await call();
    if (fault === 'hangs') return new Promise(() => {});
    if (fault === 'after') throw new StoreDown('connection reset');
    await new Promise<void>((resolve) => this.#run(resolve));
    return answer;
  }

  #run(act: () => void): void {
    if (this.#waiting === undefined) act();
    else this.#waiting.push(act);
  }
}

/** A lease with everything around it, and a diary of what it told its owner. */
export class Contender {
  readonly host: Host;
  readonly lease: Lease;
  readonly metrics = new MetricsAggregate();
  readonly diary: string[] = [];
  /** What each of its terms was told of the term before. */
  readonly befores: TermBefore[] = [];
  willing = true;
  onAcquired: () => Promise<void> = async () => {};
  onClaimed: () => Promise<void> = async () => {};

  constructor(name: string, clock: ManualClock, store: LeaseStore) {
    this.host = new Host(clock, store);
    this.lease = new Lease({
      store: this.host,
      clock: this.host.clock,
      holderId: name,
      leaseMs: LEASE_MS,
      logger: pino({ level: 'silent' }),
      metrics: this.metrics,
      willing: () => this.willing,
      listener: {
        acquired: (epoch, before) => {
          this.diary.push(`acquired ${epoch}`);
          this.befores.push(before);
          return this.onAcquired();
        },
        lost: () => this.diary.push('lost'),
        claimed: () => {
          this.diary.push('claimed');
          return this.onClaimed();
        },
      },
    });
  }

  /** The epochs of its terms, in order. */
  get epochs(): number[] {
    return this.diary.flatMap((entry) => (entry.startsWith('acquired ') ? [Number(entry.slice(9))] : []));
  }
}

/** A shard whose lease listeners contend for. */
export function stage() {
  const time = new ManualClock();
  const store = new MemoryLeaseStore();
  const start = (name: string, willing = true) => {
    const contender = new Contender(name, time, store);
    contender.willing = willing;
    contender.lease.start();
    return contender;
  };
  return { time, store, start };
}
