import { randomUUID } from 'node:crypto';

/** What an invocation tells of the task that it was started for. */
export type Told = 'heartbeat' | 'success' | 'failure';

/** `closed`: it was told how it went, or given up. `unknown`: nobody ever waited for it. */
export type TaskStanding = 'awaited' | 'closed' | 'unknown';

/** The tasks that wait for a token to come back, whoever waits. */
export class Tasks {
  readonly #waiting = new Map<string, (told: Told) => void>();
  readonly #issued = new Set<string>();

  /** Every token that was ever given out. */
  get tokens(): readonly string[] {
    return [...this.#issued];
  }

  /** A new task. @returns its token */
  open(hear: (told: Told) => void): string {
    const token = randomUUID();
    this.#issued.add(token);
    this.#waiting.set(token, hear);
    return token;
  }

  /** Nobody waits for it any more. */
  close(token: string): void {
    this.#waiting.delete(token);
  }

  /** Passes on what an invocation tells; success and failure close the task. */
  tell(token: string, told: Told): TaskStanding {
    const hear = this.#waiting.get(token);
    if (hear === undefined) return this.#issued.has(token) ? 'closed' : 'unknown';
    if (told !== 'heartbeat') this.#waiting.delete(token);
    hear(told);
    return 'awaited';
  }
}
