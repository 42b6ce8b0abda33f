import { Random } from '../mock/contact-centre/random.ts';
import type { Fault, Lane } from './faults/fault.ts';
import type { Shape } from './listeners/shape.ts';

/** A fault that is to be played. */
export interface PlannedFault {
  readonly fault: Fault;
  /** Milliseconds from the start. */
  readonly at: number;
  /** Of everything that it chooses: the same whatever happened before. */
  readonly seed: number;
}

export interface Plan {
  /** In force from before the start to the end. */
  readonly conditions: readonly PlannedFault[];
  /** Lane by lane, each in order. */
  readonly lanes: readonly (readonly PlannedFault[])[];
}

/** Before the first fault there is a time in which all goes well, milliseconds. */
const PEACE_MS = 2_500;
/** Nothing begins so shortly before the end, milliseconds. */
const LAST_START_MS = 1_000;
/** The shortest and longest time between two faults of a lane, milliseconds. */
const PAUSES: Readonly<Record<Exclude<Lane, 'whole'>, readonly [number, number]>> = {
  connection: [1_500, 4_500],
  api: [500, 5_000],
  bus: [500, 3_000],
  frames: [500, 3_000],
};
/** Most faults take less than they may; one that is late is played when the one before it has healed. */
const USUAL_SHARE = 0.6;
const TIMED_LANES = ['connection', 'api', 'bus', 'frames'] as const;

/** What is played, and when: the same for the same seed and faults. Every fault of a lane has its turn before one comes again. */
export function planFaults(options: {
  readonly seed: number;
  readonly seconds: number;
  readonly faults: readonly Fault[];
  readonly shape: Shape;
  readonly standby: boolean;
  /** Those of them that were asked for by name: conditions that were are in force for certain. */
  readonly named: readonly string[];
  /** How much longer connections and listeners are left alone between two faults, milliseconds. */
  readonly calmMs: number;
}): Plan {
  const { seed, seconds, shape, standby, named, calmMs } = options;
  const faults = options.faults.filter(
    ({ needsStandby, onlyShape = shape }) => onlyShape === shape && (standby || needsStandby !== true),
  );
  const random = new Random(seed);
  const word = () => random.int(1, 2_147_483_647);
  const conditions = faults
    .filter(({ lane }) => lane === 'whole')
    .map((fault) => ({ fault, at: 0, seed: word(), chosen: random.chance(0.4) }))
    .filter(({ fault, chosen }) => named.includes(fault.name) || (chosen && fault.onlyNamed !== true))
    .map(({ fault, at, seed: own }) => ({ fault, at, seed: own }));
  const lanes = TIMED_LANES.map((lane) => {
    const ofLane = faults.filter((fault) => fault.lane === lane);
    const own = new Random(word());
    const calm = lane === 'connection' ? calmMs : 0;
    return ofLane.length === 0 ? [] : planLane(ofLane, PAUSES[lane], calm, seconds * 1000, own);
  });
  return { conditions, lanes };
}

function planLane(
  faults: readonly Fault[],
  [shortest, longest]: readonly [number, number],
  calmMs: number,
  endMs: number,
  random: Random,
): PlannedFault[] {
  const planned: PlannedFault[] = [];
  let bag: Fault[] = [];
  let at = PEACE_MS + random.int(0, shortest);
  while (at <= endMs - LAST_START_MS) {
    if (bag.length === 0) bag = [...faults];
    const fault = random.pick(bag);
    bag.splice(bag.indexOf(fault), 1);
    planned.push({ fault, at, seed: random.int(1, 2_147_483_647) });
    at += Math.round(fault.lastsMs * USUAL_SHARE) + random.int(shortest, longest) + calmMs;
  }
  return planned;
}
