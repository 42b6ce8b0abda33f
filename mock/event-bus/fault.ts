/** Whom a fault strikes. What is left out does not narrow the choice; all that is given must hold. */
export interface Selection<Subject> {
  readonly matching?: (subject: Subject) => boolean;
  /** From 0 to 1, drawn from the seeded random numbers of the bus. */
  readonly probability?: number;
  /** Strikes this many times, then is spent. */
  readonly next?: number;
}

/** A fault that is in place until it is spent or cleared. */
export interface InjectedFault {
  /** How often it has struck. */
  readonly count: number;
  clear(): void;
}

interface Armed<Subject, Effect> {
  readonly effect: Effect;
  readonly selection: Selection<Subject>;
  count: number;
}

/** Faults of one kind. The first in place that selects the subject strikes; the others are not asked. */
export class FaultList<Subject, Effect> {
  readonly #armed = new Set<Armed<Subject, Effect>>();
  readonly #random: () => number;
  #count = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** How often faults of this kind have struck, cleared ones included. */
  get count(): number {
    return this.#count;
  }

  add(effect: Effect, selection: Selection<Subject>): InjectedFault {
    const armed: Armed<Subject, Effect> = { effect, selection, count: 0 };
    this.#armed.add(armed);
    return {
      get count() {
        return armed.count;
      },
      clear: () => {
        this.#armed.delete(armed);
      },
    };
  }

  /** The effect on this subject, if a fault strikes it. */
  strike(subject: Subject): Effect | undefined {
    for (const armed of this.#armed) {
      const { matching, probability, next = Number.POSITIVE_INFINITY } = armed.selection;
      if (armed.count >= next) {
        this.#armed.delete(armed);
        continue;
      }
      if (matching && !matching(subject)) continue;
      if (probability !== undefined && this.#random() >= probability) continue;
      armed.count++;
      this.#count++;
      return armed.effect;
    }
    return undefined;
  }

  clear(): void {
    this.#armed.clear();
  }
}
