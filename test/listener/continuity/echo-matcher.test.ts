import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EchoMatcher } from '../../../listener/continuity/echo-matcher.ts';
import { ManualClock } from '../../manual-clock.ts';

const WINDOW_MS = 10_000;

function createMatcher() {
  const clock = new ManualClock();
  const matcher = new EchoMatcher<string>(clock);
  /** What the pipeline does with each notification; says whether it is new. */
  const take = (source: string, digest: string, key = 'conversation'): boolean => {
    if (matcher.match(key, source, digest) !== undefined) return false;
    matcher.record(key, source, digest, `${digest} first by ${source}`);
    return true;
  };
  return { clock, matcher, take };
}

describe('echoes', () => {
  it('of mute, unmute, mute by two topics leave three changes, however they interleave', () => {
    const changes = ['mute', 'unmute', 'mute'];
    // Every order in which two topics can deliver three changes each.
    for (let pattern = 0; pattern < 64; pattern++) {
      const turns = [...pattern.toString(2).padStart(6, '0')];
      if (turns.filter((turn) => turn === '1').length !== 3) continue;
      const { take } = createMatcher();
      const next = { queue: 0, user: 0 };
      const published: string[] = [];
      for (const turn of turns) {
        const source = turn === '1' ? 'queue' : 'user';
        const change = changes[next[source]++] ?? '';
        if (take(source, change)) published.push(change);
      }
      expect(published, turns.join('')).toEqual(changes);
    }
  });

  it('give back what was recorded with the original', () => {
    const { matcher } = createMatcher();
    matcher.record('c', 'queue', 'body', 'the original');
    expect(matcher.match('c', 'user', 'body')).toBe('the original');
  });

  it('are looked for within a conversation only', () => {
    const { take } = createMatcher();
    expect(take('queue', 'body', 'one')).toBe(true);
    expect(take('user', 'body', 'another')).toBe(true);
  });

  it('are looked for nearest in time where it is not sure that the earliest can have come', async () => {
    const reach = { sinceMs: 0, surelySinceMs: 200 };
    const { matcher, clock, take } = createMatcher();
    for (const [digest, pauseMs] of [
      ['mute', 300],
      ['unmute', 300],
      ['mute', 0],
    ] as const) {
      take('old', digest);
      await clock.advance(pauseMs);
    }
    // The first one was before the new source was subscribed; so nothing of it is left to be an echo.
    expect(matcher.match('conversation', 'new', 'unmute', reach, 300)).toBeDefined();
    expect(matcher.match('conversation', 'new', 'mute', reach, 600)).toBeDefined();
    expect(matcher.match('conversation', 'new', 'mute', reach, 650)).toBeUndefined();
    const late = createMatcher();
    late.take('old', 'mute');
    await late.clock.advance(300);
    late.take('old', 'mute');
    expect(late.matcher.match('conversation', 'new', 'mute', reach, 310)).toBeDefined();
    expect(late.matcher.match('conversation', 'new', 'mute', reach, 320)).toBeUndefined();
  });

  it('are matched in order where an earlier one may not have come, and those after it are sure to', async () => {
    const reach = { sinceMs: 0, surelySinceMs: 10 };
    const { matcher, clock, take } = createMatcher();
    take('old', 'mute');
    await clock.advance(100);
    for (const digest of ['mute', 'mute', 'mute', 'unmute']) {
      take('old', digest);
      await clock.advance(1);
    }
    const echoed = (digest: string) => matcher.match('conversation', 'new', digest, reach, 106) !== undefined;
    expect(['mute', 'mute', 'mute', 'unmute'].map(echoed)).toEqual([true, true, true, true]);
    expect(echoed('mute')).toBe(false);
  });

  it('are never seen in what the same topic repeats', () => {
    const { take } = createMatcher();
    expect([take('queue', 'x'), take('queue', 'x'), take('queue', 'x')]).toEqual([true, true, true]);
  });

  it.each([
    { ms: WINDOW_MS, isNew: false },
    { ms: WINDOW_MS + 1, isNew: true },
  ])('that come $ms ms later are new: $isNew', async ({ ms, isNew }) => {
    const { take, clock } = createMatcher();
    take('queue', 'body');
    await clock.advance(ms);
    expect(take('user', 'body')).toBe(isNew);
  });
});

describe('memory', () => {
  it('of a conversation goes when the window has passed', async () => {
    const { clock, matcher, take } = createMatcher();
    for (let n = 0; n < 100; n++) {
      take('queue', 'body', `conversation ${n}`);
      await clock.advance(10);
    }
    expect(matcher.size).toBe(100);
    await clock.advance(WINDOW_MS - 500);
    take('queue', 'body', 'conversation 99');
    expect(matcher.size).toBe(50);
    await clock.advance(WINDOW_MS + 1);
    matcher.match('none', 'queue', 'body');
    expect(matcher.size).toBe(0);
  });
});

/** A conversation's bodies: few different ones, so that genuine repetitions abound; never two equal in a row. */
const genuine = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 })
  .map((bodies) => bodies.filter((body, index) => body !== bodies[index - 1]));

/** When a topic delivers each change, in order, in milliseconds after the start of all. */
function deliveries(changes: readonly string[], delays: readonly number[], gapMs: number) {
  let last = 0;
  return changes.map((body, index) => {
    last = Math.max(last, index * gapMs + (delays[index % delays.length] ?? 0));
    return { body, at: last };
  });
}

const delays = fc.array(fc.integer({ min: 0, max: WINDOW_MS / 2 }), { minLength: 1, maxLength: 10 });

async function published(
  topics: readonly (readonly { body: string; at: number }[])[],
  tieBreak: number,
): Promise<string[]> {
  const { clock, take } = createMatcher();
  const all = topics.flatMap((topic, source) => topic.map((delivery) => ({ ...delivery, source })));
  // A stable sort keeps a topic's own order; ties between topics fall either way.
  all.sort((a, b) => a.at - b.at || (tieBreak % 2 === 0 ? a.source - b.source : b.source - a.source));
  const bodies: string[] = [];
  let now = 0;
  for (const { body, at, source } of all) {
    if (at > now) await clock.advance(at - now);
    now = at;
    if (take(`topic ${source}`, body)) bodies.push(body);
  }
  return bodies;
}

describe('topics that each deliver in order and completely', () => {
  it('give each genuine change once and in order, repetitions too, and no echo', async () => {
    await fc.assert(
      fc.asyncProperty(
        genuine,
        fc.array(delays, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 400 }),
        fc.nat(),
        async (changes, delaysOfTopics, gapMs, tieBreak) => {
          const topics = delaysOfTopics.map((each) => deliveries(changes, each, gapMs));
          expect(await published(topics, tieBreak)).toEqual(changes);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('topics of which one is complete and the others miss some changes', () => {
  it('never swallow a genuine change', async () => {
    await fc.assert(
      fc.asyncProperty(
        genuine,
        fc.array(fc.tuple(delays, fc.infiniteStream(fc.boolean())), { minLength: 1, maxLength: 3 }),
        delays,
        fc.integer({ min: 0, max: 400 }),
        fc.nat(),
        async (changes, partial, delaysOfComplete, gapMs, tieBreak) => {
          const complete = deliveries(changes, delaysOfComplete, gapMs);
          const others = partial.map(([each, misses]) =>
            deliveries(changes, each, gapMs).filter(() => !misses.next().value),
          );
          const counts = count(await published([complete, ...others], tieBreak));
          for (const [body, times] of count(changes)) {
            expect(counts.get(body)).toBeGreaterThanOrEqual(times);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

function count(bodies: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const body of bodies) counts.set(body, (counts.get(body) ?? 0) + 1);
  return counts;
}
