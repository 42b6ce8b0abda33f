import type { GapTally } from '../../contract/gap-event.ts';

/** What became of one conversation. */
export type Outcome = 'backfilled' | 'unchanged' | 'live' | 'unavailable' | 'foreign';

/** Counts what became of each conversation, each once, while gaps are open. */
export class Tally {
  readonly #outcomes = new Map<string, Outcome>();
  readonly #discovered = new Set<string>();

  /** A conversation is looked after once more when there is another gap: what was backfilled stays so. */
  settle(id: string, outcome: Outcome): void {
    if (this.#outcomes.get(id) !== 'backfilled') this.#outcomes.set(id, outcome);
  }

  /** The conversation was not known before. */
  discovered(id: string): void {
    this.#discovered.add(id);
  }

  get counts(): GapTally {
    const counts = { backfilled: 0, unchanged: 0, live: 0, unavailable: 0, foreign: 0 };
    let discovered = 0;
    for (const [id, outcome] of this.#outcomes) {
      counts[outcome]++;
      if (this.#discovered.has(id)) discovered++;
    }
    return { checked: this.#outcomes.size, ...counts, discovered };
  }

  clear(): void {
    this.#outcomes.clear();
    this.#discovered.clear();
  }
}
