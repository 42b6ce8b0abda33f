/** Who is in the contact centre at the same time. */
export interface Crowd {
  /** Conversations that live at the same time. */
  readonly maxOpen: number;
  readonly agents: number;
}

/** The rate from which on there have to be more, changes a second. */
const USUAL_RATE = 50;
/** At the usual rate: as many conversations as can be asked for within seconds when a gap is closed. */
const USUAL: Crowd = { maxOpen: 30, agents: 24 };

/**
 * How many conversations and agents make so many changes a second. A conversation changes as often at a high rate as at
 * the usual one: events of the same conversation are published one after the other, so that fewer of them would be held up
 * by a slow bus, and not the listener be tried by their number.
 * @param rate changes a second; up to 50 the crowd is the same
 */
export function crowdFor(rate: number): Crowd {
  const times = Math.max(1, rate / USUAL_RATE);
  return { maxOpen: Math.round(USUAL.maxOpen * times), agents: Math.round(USUAL.agents * times) };
}
