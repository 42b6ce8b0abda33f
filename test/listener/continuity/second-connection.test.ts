import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EchoMatcher } from '../../../listener/continuity/echo-matcher.ts';
import { earliestOriginal } from '../../../listener/genesys/session/source.ts';
import { ManualClock } from '../../manual-clock.ts';

/** How long a notification is on its way at most; so far apart two connections can bring the same one. Milliseconds. */
const LONGEST_WAY_MS = 800;
/** A body comes back no sooner than this: later than a hand-over takes. Milliseconds. */
const BACK_AFTER_MS = 2_000;
const TOPICS = ['queue', 'user'];

interface Change {
  readonly body: string;
  readonly sentAt: number;
}

interface Delivery {
  readonly body: string;
  readonly source: string;
  readonly receivedAt: number;
  /** Later than received, if it was kept back. */
  readonly handedOverAt: number;
  readonly sinceMs: number;
  readonly surelySinceMs: number;
}

/** A conversation's changes, of few different bodies, so that genuine repetitions abound. */
const changes = fc
  .array(fc.record({ body: fc.constantFrom('a', 'b', 'c'), gapMs: fc.integer({ min: 0, max: 1_200 }) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((steps) => {
    const genuine: Change[] = [];
    let sentAt = 0;
    for (const { body, gapMs } of steps) {
      sentAt += gapMs;
      const last = genuine.findLast((change) => change.body === body);
      if (last === undefined || sentAt - last.sentAt >= BACK_AFTER_MS) genuine.push({ body, sentAt });
    }
    return genuine;
  });

const ways = fc.array(fc.integer({ min: 0, max: LONGEST_WAY_MS }), { minLength: 1, maxLength: 12 });

/** What arrives by one source, in order. */
function arrivals(sent: readonly Change[], delays: readonly number[]) {
  let last = 0;
  return sent.map(({ body, sentAt }, index) => {
    last = Math.max(last, sentAt + (delays[index % delays.length] ?? 0));
    return { body, receivedAt: last };
  });
}

const scenario = fc.record({
  all: changes,
  topics: fc.integer({ min: 1, max: TOPICS.length }),
  waysOfOld: fc.tuple(ways, ways),
  waysOfNew: fc.tuple(ways, ways),
  /** When the new connection is about to be subscribed; how much later it is; how long they then take to be level. */
  aboutToAt: fc.integer({ min: 0, max: 20_000 }),
  takesMs: fc.integer({ min: 0, max: 300 }),
  levelAfterMs: fc.integer({ min: LONGEST_WAY_MS, max: LONGEST_WAY_MS + 200 }),
  /** How long the server goes on sending by the old one then. */
  closesAfterMs: fc.integer({ min: 0, max: 1_000 }),
  oldFirst: fc.boolean(),
});

function deliveriesOf(given: typeof scenario extends fc.Arbitrary<infer T> ? T : never): Delivery[] {
  const subscribedAt = given.aboutToAt + given.takesMs;
  const levelAt = subscribedAt + given.levelAfterMs;
  const byOld = given.all.filter(({ sentAt }) => sentAt <= levelAt + given.closesAfterMs);
  const byNew = given.all.filter(({ sentAt }) => sentAt > subscribedAt);
  return TOPICS.slice(0, given.topics).flatMap((topic, index) => {
    const old = arrivals(byOld, given.waysOfOld[index] ?? [0]).map((arrival) => ({
      ...arrival,
      source: `1 ${topic}`,
      handedOverAt: arrival.receivedAt,
      sinceMs: 0,
      surelySinceMs: 0,
    }));
    const young = arrivals(byNew, given.waysOfNew[index] ?? [0]).map((arrival) => ({
      ...arrival,
      source: `2 ${topic}`,
      handedOverAt: Math.max(levelAt, arrival.receivedAt),
      sinceMs: earliestOriginal(
        given.aboutToAt,
        arrival.receivedAt <= levelAt ? Number.NEGATIVE_INFINITY : levelAt,
        arrival.receivedAt,
      ),
      surelySinceMs: subscribedAt,
    }));
    return [...old, ...young];
  });
}

it('of a conversation that two connections bring, one after the other, each change is news once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const clock = new ManualClock();
      const matcher = new EchoMatcher<true>(clock);
      const deliveries = deliveriesOf(given);
      const rank = ({ source }: Delivery) => (source.startsWith('1') === given.oldFirst ? 0 : 1);
      // Stable, so that each source keeps its order. What was kept back comes as it was received.
      deliveries.sort((a, b) => a.handedOverAt - b.handedOverAt || rank(a) - rank(b));
      const news: string[] = [];
      for (const { body, source, receivedAt, handedOverAt, ...reach } of deliveries) {
        await clock.advance(handedOverAt - clock.monotonic());
        if (matcher.match('conversation', source, body, reach, receivedAt)) continue;
        matcher.record('conversation', source, body, true, receivedAt);
        news.push(body);
      }
      expect(news).toEqual(given.all.map(({ body }) => body));
    }),
    { numRuns: 300 },
  );
});

it('of what was kept for longer than occurrences are remembered, too, each change is news once and in order', async () => {
  await fc.assert(
    fc.property(scenario, (given) => {
      const clock = new ManualClock(0);
      const matcher = new EchoMatcher<true>(clock);
      // Everything was kept, as a standby does, and is looked at in one go.
      const deliveries = deliveriesOf(given).sort((a, b) => a.handedOverAt - b.handedOverAt);
      const news: string[] = [];
      for (const { body, source, receivedAt, ...reach } of deliveries) {
        if (matcher.match('conversation', source, body, reach, receivedAt)) continue;
        matcher.record('conversation', source, body, true, receivedAt);
        news.push(body);
      }
      expect(news).toEqual(given.all.map(({ body }) => body));
    }),
    { numRuns: 300 },
  );
});
