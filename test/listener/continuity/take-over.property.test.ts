import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Shard } from './shard.ts';
import { firstEventsOf, gapsOf } from './shard-events.ts';

const change = fc.record({
  do: fc.constant('change' as const),
  conversation: fc.constantFrom('a', 'b', 'c'),
  state: fc.constantFrom('talk', 'mute', 'hold'),
  topics: fc.constantFrom(1, 2),
  thenMs: fc.constantFrom(0, 1, 5, 30, 60, 700, 2_500),
});
const end = fc.record({
  do: fc.constantFrom('kill', 'stop', 'disconnect', 'kill standby', 'disconnect standby'),
  /** How much happens before a replacement is there. */
  thenMs: fc.integer({ min: 400, max: 8_000 }),
  /** What the clock of both hosts is set by meanwhile, if clocks are set. */
  setByMs: fc.constantFrom(0, 5_000, -5_000, 15_000, -15_000),
});
const story = fc.array(fc.oneof({ weight: 6, arbitrary: change }, { weight: 1, arbitrary: end }), {
  minLength: 8,
  maxLength: 40,
});

/** States that are alike and come sooner may be told twice at a takeover. Milliseconds. */
const ALIKE_APART_MS = 1_600;

const TOPICS = ['v2.routing.queues.q.conversations', 'v2.users.u.conversations'];

const ascending = (a: string, b: string) => (a < b ? -1 : Number(a > b));

/** Time goes on, with a sign of life from the server now and then. */
async function pass(shard: Shard, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    for (const listener of shard.listeners) listener.beat();
    await shard.clock.advance(Math.min(left, 1_000));
  }
}

/** A listener that holds the lease, and one that stands by for long enough to have all that matters. */
async function complete(shard: Shard): Promise<void> {
  while (shard.listeners.length < 2) shard.start().connect();
  await pass(shard, 16_000);
}

type Acts = typeof story extends fc.Arbitrary<infer T> ? T : never;

interface Told {
  readonly name: string;
  readonly conversation: string;
  readonly state: string;
  readonly atMs: number;
}

/** @param options.apartMs how far apart states of one conversation are that are alike */
async function play(
  acts: Acts,
  { apartMs, clocksAreSet = false }: { apartMs: number; clocksAreSet?: boolean },
) {
  const shard = new Shard();
  const told: Told[] = [];
  const notify = async (conversation: string, state: string, topics: string[]) => {
    const own = told.filter((each) => each.conversation === conversation);
    const last = own.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    const alike = own.findLast((each) => each.state === state)?.atMs ?? Number.NEGATIVE_INFINITY;
    await shard.clock.advance(
      Math.max(last + 60, alike + apartMs, shard.clock.monotonic()) - shard.clock.monotonic(),
    );
    const name = shard.notify(conversation, state, topics);
    told.push({ name, conversation, state, atMs: shard.clock.monotonic() });
  };
  await complete(shard);
  for (const act of acts) {
    if (act.do === 'change') {
      const { conversation, state, topics, thenMs } = act;
      await notify(conversation, state, TOPICS.slice(0, topics));
      await shard.clock.advance(thenMs);
      continue;
    }
    const holder = shard.holder;
    const standby = shard.listeners.find((listener) => listener !== holder);
    if (act.do === 'kill') holder?.kill();
    else if (act.do === 'stop') void holder?.stop(90_000);
    else if (act.do === 'disconnect') holder?.disconnect();
    else if (act.do === 'kill standby') standby?.kill();
    else standby?.disconnect();
    // The first one may find the listener in the midst of what came before, or not.
    await shard.clock.advance(60);
    for (const state of ['mute', 'talk', 'hold', 'mute and hold']) {
      await notify('a', state, TOPICS);
      if (clocksAreSet && state === 'mute') shard.clock.step(act.setByMs);
      await pass(shard, act.thenMs / 4);
    }
    await pass(shard, 8_000);
    if (act.do === 'disconnect') holder?.connect();
    if (act.do === 'disconnect standby') standby?.connect();
    await complete(shard);
  }
  await complete(shard);
  const events = firstEventsOf(shard).filter(({ name }) => name !== undefined);
  const of = (id: string) => ({
    events: events.filter(({ conversation }) => conversation?.id === id),
    names: told.filter(({ conversation }) => conversation === id).map(({ name }) => name),
  });
  return { shard, conversations: ['a', 'b', 'c'].map(of) };
}

it('brings each change to the bus once by its id, in order, whoever of two listeners ends in whichever way', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (acts) => {
      const { shard, conversations } = await play(acts, { apartMs: ALIKE_APART_MS });
      for (const { events, names } of conversations) {
        expect(events.map(({ name }) => name)).toEqual(names);
        expect(events.map(({ conversation }) => conversation?.version)).toEqual(names.map((_, n) => n + 1));
        const sequences = events.map(({ sequence }) => sequence);
        expect(sequences).toEqual([...new Set(sequences)].sort(ascending));
      }
      expect(gapsOf(shard)).toEqual({ detected: [], closed: [] });
      expect(shard.parked).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

it.each([
  { when: 'however fast states are repeated', options: { apartMs: 0 } },
  { when: 'whatever the clocks are set by', options: { apartMs: ALIKE_APART_MS, clocksAreSet: true } },
])('leaves out no change, and tells the last one last, $when', async ({ options }) => {
  await fc.assert(
    fc.asyncProperty(story, async (acts) => {
      const { shard, conversations } = await play(acts, options);
      const { detected: gaps } = gapsOf(shard);
      for (const { events, names } of conversations) {
        expect(new Set(events.map(({ name }) => name))).toEqual(new Set(names));
        const ordered = events.toSorted(
          (a, b) =>
            (a.conversation?.version ?? 0) - (b.conversation?.version ?? 0) ||
            ascending(a.sequence, b.sequence),
        );
        // Within a gap the present state is asked for.
        if (gaps.length === 0) expect(ordered.at(-1)?.name).toBe(names.at(-1));
      }
      expect(shard.parked).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
