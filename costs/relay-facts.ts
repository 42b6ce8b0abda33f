import type { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { leadMs } from '../lambda/relay/relay.ts';

/** How a shard's listener runs without a container. */
export interface RelayFacts {
  readonly in: 'relays';
  /** Chains of relays: state machines, each with a schedule. */
  readonly chains: number;
  /** Memory of a relay, in GB. */
  readonly gb: number;
  /** The longest that an invocation may take, in seconds. */
  readonly invocationSeconds: number;
  /** After so many seconds of it the next relay is started. */
  readonly turnSeconds: number;
  /** States that are entered from one relay to the next. */
  readonly turnStates: number;
  /** States that are entered by an execution that finds the relay running. */
  readonly lookStates: number;
  /** Between two such executions, in seconds. */
  readonly lookSeconds: number;
}

const relayFunction = z.object({
  Properties: z.looseObject({
    FunctionName: z.string(),
    MemorySize: z.number(),
    Timeout: z.number(),
    // The price is that of arm64.
    Architectures: z.tuple([z.literal('arm64')]),
    Environment: z.object({ Variables: z.looseObject({ HANDOVER_SECONDS: z.coerce.number() }) }),
  }),
});

const stateMachine = z.object({ Properties: z.looseObject({ DefinitionString: z.string() }) });
const schedule = z.object({ Properties: z.looseObject({ ScheduleExpression: z.string() }) });

const definitionSchema = z.object({
  StartAt: z.string(),
  States: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Next: z.string().optional(),
      Default: z.string().optional(),
      Choices: z.array(z.looseObject({ Next: z.string() })).default([]),
    }),
  ),
});
type Definition = z.output<typeof definitionSchema>;

/** Read in the template of a stack with one shard. */
export function relayFacts(template: Template): RelayFacts {
  const all = (type: string) => Object.values(template.findResources(type));
  const listener = all('AWS::Lambda::Function')
    .map((each) => relayFunction.safeParse(each).data?.Properties)
    .find((properties) => properties?.FunctionName.endsWith('-listener-0'));
  if (listener === undefined) throw new Error('the template has no function that is a listener');
  const { MemorySize, Timeout, Environment } = listener;
  const [machine, ...others] = z.array(stateMachine).parse(all('AWS::StepFunctions::StateMachine'));
  if (machine === undefined) throw new Error('the template has no state machine');
  const definition = definitionSchema.parse(JSON.parse(machine.Properties.DefinitionString));
  const [{ Properties: watchdog }] = z.tuple([schedule], schedule).parse(all('AWS::Scheduler::Schedule'));
  return {
    in: 'relays',
    chains: 1 + others.length,
    gb: MemorySize / 1_024,
    invocationSeconds: Timeout,
    turnSeconds: Timeout - leadMs(Environment.Variables.HANDOVER_SECONDS * 1_000) / 1_000,
    turnStates: statesEntered(definition, 'Relay', (name) => name === 'Relay'),
    lookStates:
      1 +
      statesEntered(definition, definition.StartAt, (name) => definition.States[name]?.Type === 'Succeed'),
    lookSeconds: secondsOf(watchdog.ScheduleExpression),
  };
}

/**
 * The fewest states that are entered after one until another is, that one included. What is caught does not count: it is the
 * way things go when nothing is amiss.
 */
function statesEntered({ States }: Definition, from: string, isThere: (name: string) => boolean): number {
  const seen = new Set<string>();
  let reached = [from];
  for (let entered = 1; reached.length > 0; entered++) {
    const next = reached.flatMap((name) => {
      const state = States[name];
      if (state === undefined) throw new Error(`the state machine has no state ${name}`);
      return [state.Next, state.Default, ...state.Choices.map(({ Next }) => Next)].filter(
        (each) => each !== undefined,
      );
    });
    if (next.some(isThere)) return entered;
    reached = next.filter((name) => !seen.has(name));
    for (const name of reached) seen.add(name);
  }
  throw new Error(`no way leads on from the state ${from}`);
}

function secondsOf(rate: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour)s?\)$/.exec(rate) ?? [];
  if (count === undefined) throw new Error(`the schedule has no rate, but ${rate}`);
  return Number(count) * (unit === 'hour' ? 3_600 : 60);
}
