import type { Fault } from './fault.ts';

/** The longest that Step Functions may fail with nothing missed: a relay whose time is over asks for so long, and longer. Milliseconds. */
const LONGEST_SILENCE_MS = 3_000;
/** A relay is started within so long, for sure; milliseconds. */
const TURN_MS = 14_000;

/** What happens between relays and what keeps them running. */
export const RELAY_FAULTS: readonly Fault[] = [
  {
    name: 'step-functions-failing',
    does: 'fails what relays tell Step Functions for up to 3 s, or takes it and fails the answer',
    lane: 'connection',
    lastsMs: LONGEST_SILENCE_MS,
    mayMiss: false,
    onlyShape: 'relay',
    play: async (stage, random) => {
      const health = random.pick(['deaf', 'mute'] as const);
      const ms = random.int(1_000, LONGEST_SILENCE_MS);
      stage.aws.stepFunctions = health;
      await stage.pause(ms);
      stage.aws.stepFunctions = 'well';
      return { detail: `${health} for ${ms} ms` };
    },
  },
  {
    name: 'invoked-twice',
    does: 'has the next relay invoked twice for one task, as Lambda may do with an event',
    lane: 'connection',
    lastsMs: TURN_MS,
    mayMiss: false,
    onlyShape: 'relay',
    play: async (stage) => {
      const { fleet } = stage;
      const before = fleet.all.length;
      fleet.invokeNextTwice();
      const done = await stage.until(() => fleet.all.length > before, TURN_MS);
      return {
        detail: done
          ? `${fleet.all
              .slice(-2)
              .map(({ name }) => name)
              .join(' and ')}`
          : 'not yet',
      };
    },
  },
];
