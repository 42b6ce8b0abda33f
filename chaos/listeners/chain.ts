import type { Tasks, Told } from './tasks.ts';

/** A relay that says nothing for so long is dead. One heartbeat in a row may be missed. Milliseconds. */
const HEARTBEAT_TIMEOUT_MS = 12_000;
/** Before one that failed is started again: a second at first, then twice as long each time. */
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 4_000;

export interface ChainOptions {
  readonly tasks: Tasks;
  /** How long a task may take in all, milliseconds. */
  readonly taskMs: number;
  /** Starts an invocation, and does not wait for it. */
  invoke(taskToken: string): void;
  /** Calls after so many milliseconds. @returns a function that calls it off */
  after(ms: number, call: () => void): () => void;
}

type State =
  | {
      readonly is: 'relaying';
      readonly token: string;
      readonly callOffTimeout: () => void;
      callOffSilence: () => void;
    }
  | { readonly is: 'pausing'; readonly callOff: () => void }
  | { readonly is: 'stopped' };

/**
 * Keeps one relay running as the state machine does that the stack deploys: one task at a time, its success starts the next one
 * at once, its failure or silence after a pause. It knows nothing else of the invocations, nor whether they are alive.
 */
export class Chain {
  readonly #options: ChainOptions;
  #state: State;
  #failures = 0;
  #handedOver = 0;

  /** Its first relay is started at once. */
  constructor(options: ChainOptions) {
    this.#options = options;
    this.#state = this.#turn();
  }

  /** How many relays have called for their successor. */
  get handedOver(): number {
    return this.#handedOver;
  }

  /** Starts none any more. The one that runs hears that nobody waits for it. */
  stop(): void {
    this.#leave();
    this.#state = { is: 'stopped' };
  }

  #turn(): State {
    const { tasks, taskMs, invoke, after } = this.#options;
    const token = tasks.open((told) => this.#hear(told));
    invoke(token);
    return {
      is: 'relaying',
      token,
      callOffTimeout: after(taskMs, () => this.#failed()),
      callOffSilence: this.#awaitHeartbeat(),
    };
  }

  #awaitHeartbeat(): () => void {
    return this.#options.after(HEARTBEAT_TIMEOUT_MS, () => this.#failed());
  }

  #hear(told: Told): void {
    if (this.#state.is !== 'relaying') return;
    if (told === 'failure') this.#failed();
    else if (told === 'heartbeat') {
      this.#state.callOffSilence();
      this.#state.callOffSilence = this.#awaitHeartbeat();
    } else {
      this.#handedOver += 1;
      this.#failures = 0;
      this.#leave();
      this.#state = this.#turn();
    }
  }

  #failed(): void {
    this.#leave();
    const pauseMs = Math.min(SHORTEST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    const callOff = this.#options.after(pauseMs, () => {
      this.#state = this.#turn();
    });
    this.#state = { is: 'pausing', callOff };
  }

  /** Ends what the present state has begun. */
  #leave(): void {
    if (this.#state.is === 'pausing') this.#state.callOff();
    if (this.#state.is !== 'relaying') return;
    this.#state.callOffTimeout();
    this.#state.callOffSilence();
    this.#options.tasks.close(this.#state.token);
  }
}
