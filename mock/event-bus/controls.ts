import type { Clock } from '../../listener/clock.ts';
import { ACCOUNT } from './bus-event.ts';
import type { EntryFailure } from './entry-check.ts';
import { FaultList, type InjectedFault, type Selection } from './fault.ts';
import type { RequestEntry } from './put-events-request.ts';
import { ServiceError } from './service-error.ts';

type Call = readonly RequestEntry[];

/** Whether the bus takes the batch before the fault shows: if so, a retry makes duplicates. */
interface Taken {
  /** Default: false. */
  readonly taken?: boolean;
}

/** Answers that wait. `clear` lets new ones pass; `release` lets those go that wait. */
export interface HeldAnswers extends InjectedFault {
  /** How many answers wait now. */
  readonly waiting: number;
  release(): void;
}

/** Makes the bus misbehave. Kinds of fault are independent of each other and can be in place together. */
export interface BusControls {
  /** Refuses single entries that would have been accepted, e.g. with `ThrottlingException`. */
  failEntries(fault: { code: string; message?: string } & Selection<RequestEntry>): InjectedFault;
  /** Refuses whole calls. Status: 400 by default. */
  failCalls(
    fault: {
      code: string;
      message?: string;
      status?: number;
      retryAfterSeconds?: number;
    } & Taken &
      Selection<Call>,
  ): InjectedFault;
  /** Refuses every call with `AccessDeniedException`, until cleared. */
  denyAccess(): InjectedFault;
  /** Cuts the connection without an answer. */
  dropConnections(fault: Taken & Selection<Call>): InjectedFault;
  /** Takes the batch and keeps the answer back. */
  holdAnswers(selection?: Selection<Call>): HeldAnswers;
  /** Takes the batch and answers so many milliseconds later, by the clock of the bus. */
  delayAnswers(fault: { ms: number } & Selection<Call>): InjectedFault;
  /** Clears every fault and releases every answer. */
  reset(): void;
  /** How often each kind of fault has struck since the start. */
  readonly counts: {
    readonly failedEntries: number;
    readonly failedCalls: number;
    readonly droppedConnections: number;
    readonly heldAnswers: number;
    readonly delayedAnswers: number;
  };
}

/** What is in store for one call. */
export interface CallFaults {
  readonly failure: { readonly error: ServiceError; readonly taken: boolean } | undefined;
  readonly drop: { readonly taken: boolean } | undefined;
  /** Waits as long as the answer is to be kept back; rejects with an AbortError when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>;
}

/** The faults in place; the server asks it before it answers. */
export class Faults implements BusControls {
  readonly #clock: Clock;
  readonly #entries: FaultList<RequestEntry, EntryFailure>;
  readonly #calls: FaultList<Call, { readonly error: (call: Call) => ServiceError; readonly taken: boolean }>;
  readonly #connections: FaultList<Call, { readonly taken: boolean }>;
  readonly #holds: FaultList<Call, Set<() => void>>;
  readonly #delays: FaultList<Call, number>;
  readonly #held = new Set<Set<() => void>>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#entries = new FaultList(random);
    this.#calls = new FaultList(random);
    this.#connections = new FaultList(random);
    this.#holds = new FaultList(random);
    this.#delays = new FaultList(random);
  }

  failEntries(fault: Parameters<BusControls['failEntries']>[0]): InjectedFault {
    const { code, message = defaultMessage(code), ...selection } = fault;
    return this.#entries.add({ code, message }, selection);
  }

  failCalls(fault: Parameters<BusControls['failCalls']>[0]): InjectedFault {
    const {
      code,
      message = defaultMessage(code),
      status = 400,
      retryAfterSeconds,
      taken = false,
      ...selection
    } = fault;
    const error = () => new ServiceError(status, code, message, retryAfterSeconds);
    return this.#calls.add({ error, taken }, selection);
  }

  denyAccess(): InjectedFault {
    return this.#calls.add({ error: accessDenied, taken: false }, {});
  }

  dropConnections(fault: Parameters<BusControls['dropConnections']>[0]): InjectedFault {
    const { taken = false, ...selection } = fault;
    return this.#connections.add({ taken }, selection);
  }

  holdAnswers(selection: Selection<Call> = {}): HeldAnswers {
    const waiting = new Set<() => void>();
    const fault = this.#holds.add(waiting, selection);
    this.#held.add(waiting);
    return {
      get count() {
        return fault.count;
      },
      get waiting() {
        return waiting.size;
      },
      clear: () => fault.clear(),
      release: () => release(waiting),
    };
  }

  delayAnswers(fault: Parameters<BusControls['delayAnswers']>[0]): InjectedFault {
    const { ms, ...selection } = fault;
    return this.#delays.add(ms, selection);
  }

  reset(): void {
    for (const list of [this.#entries, this.#calls, this.#connections, this.#holds, this.#delays])
      list.clear();
    for (const waiting of this.#held) release(waiting);
    this.#held.clear();
  }

  get counts(): BusControls['counts'] {
    return {
      failedEntries: this.#entries.count,
      failedCalls: this.#calls.count,
      droppedConnections: this.#connections.count,
      heldAnswers: this.#holds.count,
      delayedAnswers: this.#delays.count,
    };
  }

  strikeEntry(entry: RequestEntry): EntryFailure | undefined {
    return this.#entries.strike(entry);
  }

  strikeCall(call: Call): CallFaults {
    // What comes later in the life of a call is not struck, nor counted, when the call ends before.
    const struck = this.#calls.strike(call);
    const failure = struck && { error: struck.error(call), taken: struck.taken };
    if (failure && !failure.taken) return { failure, drop: undefined, wait: noWait };
    const drop = this.#connections.strike(call);
    if (drop && !drop.taken) return { failure, drop, wait: noWait };
    const held = this.#holds.strike(call);
    const ms = this.#delays.strike(call);
    const wait = async (signal: AbortSignal) => {
      if (held) await hold(held, signal);
      if (ms !== undefined) await this.#clock.sleep(ms, signal);
    };
    return { failure, drop, wait };
  }
}

const noWait = () => Promise.resolve();

function hold(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      waiting.delete(go);
      reject(new DOMException('The operation was aborted', 'AbortError'));
    };
    const go = () => {
      signal.removeEventListener('abort', abort);
      resolve();
    };
    waiting.add(go);
    signal.addEventListener('abort', abort, { once: true });
  });
}

function release(waiting: Set<() => void>): void {
  for (const go of waiting) go();
  waiting.clear();
}

function defaultMessage(code: string): string {
  if (code === 'ThrottlingException') return 'Rate exceeded';
  if (code === 'InternalFailure') return 'Internal failure';
  return 'Injected fault';
}

function accessDenied(call: Call): ServiceError {
  const bus = call[0]?.EventBusName ?? 'default';
  const resource = bus.startsWith('arn:') ? bus : `arn:aws:events:*:${ACCOUNT}:event-bus/${bus}`;
  return new ServiceError(
    400,
    'AccessDeniedException',
    `User: arn:aws:iam::${ACCOUNT}:user/local is not authorized to perform: events:PutEvents on resource: ` +
      `${resource} because no identity-based policy allows the events:PutEvents action`,
  );
}
