import type { BusEntry, EntryResult, EventBus } from '../../../listener/publish/event-bus.ts';

/** A request that the test has yet to answer. */
export interface HeldCall {
  readonly entries: readonly BusEntry[];
  /** The details, which the tests use as names. */
  readonly details: readonly string[];
  readonly answered: boolean;
  answer(results: readonly EntryResult[]): void;
  accept(): void;
  fail(error: unknown): void;
}

/** An event bus that answers when and what the test says. */
export class HeldBus implements EventBus {
  readonly calls: HeldCall[] = [];

  put(entries: readonly BusEntry[]): Promise<readonly EntryResult[]> {
    return new Promise((resolve, reject) => {
      let answered = false;
      const call: HeldCall = {
        entries,
        details: entries.map((entry) => entry.detail),
        get answered() {
          return answered;
        },
        answer: (results) => {
          answered = true;
          resolve(results);
        },
        accept: () => call.answer(entries.map((entry) => accepted(`bus-${entry.detail}`))),
        fail: (error) => {
          answered = true;
          reject(error);
        },
      };
      this.calls.push(call);
    });
  }

  /** The details of each request, in the order of sending. */
  get sent(): readonly (readonly string[])[] {
    return this.calls.map((call) => call.details);
  }

  get open(): readonly HeldCall[] {
    return this.calls.filter((call) => !call.answered);
  }

  call(index: number): HeldCall {
    const call = this.calls[index];
    if (call === undefined) throw new Error(`only ${this.calls.length} requests were sent`);
    return call;
  }
}

export function accepted(busEventId: string): EntryResult {
  return { accepted: true, busEventId };
}

export function refused(code: string): EntryResult {
  return { accepted: false, code, message: `${code} said the bus` };
}
