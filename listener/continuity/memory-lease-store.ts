import type { LeaseRecord, LeaseStore } from './lease-store.ts';

/** A lease for a listener that is alone, or for several in one process. It ends with the process. */
export class MemoryLeaseStore implements LeaseStore {
  #record: LeaseRecord | undefined;

  async read(): Promise<LeaseRecord | undefined> {
    return this.#record;
  }

  async swap(expectedNonce: string | undefined, next: LeaseRecord): Promise<boolean> {
    if (this.#record?.nonce !== expectedNonce) return false;
    this.#record = next;
    return true;
  }
}
