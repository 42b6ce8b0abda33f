import type { InjectedFault } from '../../mock/event-bus/fault.ts';
import type { Fault, Stage } from './fault.ts';

/** A fault of the bus that is in place for some seconds. */
function forSeconds(
  name: string,
  does: string,
  strike: (stage: Stage) => readonly InjectedFault[],
  longestMs = 6_000,
): Fault {
  return {
    name,
    does,
    lane: 'bus',
    lastsMs: longestMs,
    mayMiss: false,
    play: async (stage, random) => {
      const faults = strike(stage);
      const ms = random.int(2_000, longestMs);
      await stage.pause(ms);
      for (const fault of faults) fault.clear();
      const struck = faults.reduce((sum, { count }) => sum + count, 0);
      return { detail: `${ms} ms, struck ${struck} times` };
    },
  };
}

/** What happens to calls of the event bus. None of them may cost an event, however long it takes. */
export const BUS_FAULTS: readonly Fault[] = [
  forSeconds('bus-throttled', 'throttles half of the entries', ({ bus }) => [
    bus.controls.failEntries({ code: 'ThrottlingException', probability: 0.5 }),
  ]),
  forSeconds('bus-entries-failing', 'fails a third of the entries with an internal failure', ({ bus }) => [
    bus.controls.failEntries({ code: 'InternalFailure', probability: 0.34 }),
  ]),
  forSeconds('bus-failing', 'answers half of the calls with 500', ({ bus }) => [
    bus.controls.failCalls({ code: 'InternalFailure', status: 500, probability: 0.5 }),
  ]),
  forSeconds('bus-down', 'cuts every connection unanswered', ({ bus }) => [bus.controls.dropConnections({})]),
  forSeconds(
    'bus-taken',
    'takes the entries, then cuts the connection or answers 500, at half of the calls',
    ({ bus }) => [
      bus.controls.dropConnections({ taken: true, probability: 0.3 }),
      bus.controls.failCalls({ code: 'InternalFailure', status: 500, taken: true, probability: 0.3 }),
    ],
  ),
  forSeconds(
    'bus-timeout',
    'takes the entries of some calls and answers later than anyone waits',
    ({ bus }) => [bus.controls.delayAnswers({ ms: 11_000, next: 6 })],
    3_000,
  ),
  forSeconds('bus-denied', 'refuses every call for want of a permission', ({ bus }) => [
    bus.controls.denyAccess(),
  ]),
  forSeconds(
    'bus-refusing',
    'refuses a tenth of the entries for good, so that they are parked',
    ({ bus }) => [bus.controls.failEntries({ code: 'NotAuthorizedForSourceException', probability: 0.1 })],
  ),
  forSeconds('bus-slow', 'answers half a second late', ({ bus }) => [bus.controls.delayAnswers({ ms: 500 })]),
  {
    name: 'small-buffer',
    does: 'gives listeners room for 1 MiB only, which a bus that is down fills within seconds',
    lane: 'whole',
    lastsMs: 0,
    mayMiss: false,
    // A buffer of a sixty-fourth of the usual one is for looking at pauses, not for everything at once.
    onlyNamed: true,
    play: async ({ fleet }) => {
      fleet.limitBuffers(1);
      return { detail: '' };
    },
  },
];
