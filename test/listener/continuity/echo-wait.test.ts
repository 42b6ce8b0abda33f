import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EchoWait, type Waiting } from '../../../listener/continuity/echo-wait.ts';
import { ManualClock } from '../../manual-clock.ts';

function createWait() {
  const clock = new ManualClock();
  const emitted: string[] = [];
  const wait = new EchoWait<string>(clock, (value) => emitted.push(value));
  const add = (value: string, awaited: string[] = [], key = 'c') => wait.add(key, value, new Set(awaited));
  return { clock, emitted, wait, add };
}

describe('a change that no other topic will bring', () => {
  it('passes at once', () => {
    const { emitted, add, clock, wait } = createWait();
    add('one');
    expect(emitted).toEqual(['one']);
    expect(clock.pending).toBe(0);
    expect(wait.size).toBe(0);
  });

  it('still waits for an earlier one of its conversation, and for none of another', () => {
    const { emitted, add, wait } = createWait();
    const first = add('one', ['user']);
    add('two');
    add('other', [], 'another conversation');
    expect(emitted).toEqual(['other']);
    wait.echoed(first, 'user');
    expect(emitted).toEqual(['other', 'one', 'two']);
  });
});

describe('a change that other topics will bring', () => {
  it('passes once each of them has', () => {
    const { emitted, add, wait } = createWait();
    const waiting = add('one', ['user 1', 'user 2']);
    wait.echoed(waiting, 'user 1');
    wait.echoed(waiting, 'a topic nobody waits for');
    expect(emitted).toEqual([]);
    wait.echoed(waiting, 'user 2');
    expect(emitted).toEqual(['one']);
  });

  it('passes without them after 10 ms, and only once', async () => {
    const { emitted, add, wait, clock } = createWait();
    const waiting = add('one', ['user']);
    await clock.advance(9);
    expect(emitted).toEqual([]);
    await clock.advance(1);
    expect(emitted).toEqual(['one']);
    wait.echoed(waiting, 'user');
    expect(emitted).toEqual(['one']);
  });

  it('does not make a later one wait longer than 10 ms of its own', async () => {
    const { emitted, add, clock } = createWait();
    add('one', ['user']);
    await clock.advance(6);
    add('two', ['user'], 'another conversation');
    await clock.advance(4);
    expect(emitted).toEqual(['one']);
    await clock.advance(6);
    expect(emitted).toEqual(['one', 'two']);
    expect(clock.pending).toBe(0);
  });

  it('passes at once when everything is let go, in order and with no timer left', () => {
    const { emitted, add, wait, clock } = createWait();
    add('one', ['user']);
    add('two');
    add('three', ['user']);
    wait.flush();
    expect(emitted).toEqual(['one', 'two', 'three']);
    expect(wait.size).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe('whatever comes in whatever order', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    awaited: fc.subarray(['q', 'u']),
    echo: fc.option(fc.record({ index: fc.nat(20), topic: fc.constantFrom('q', 'u') })),
    passMs: fc.integer({ min: 0, max: 15 }),
  });

  it('each change passes once, in the order of its conversation, and nothing is kept', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { clock, emitted, wait, add } = createWait();
        const added: { key: string; value: string; waiting: Waiting<string> }[] = [];
        for (const [index, { key, awaited, echo, passMs }] of steps.entries()) {
          const value = `${key}${index}`;
          added.push({ key, value, waiting: add(value, awaited, key) });
          const echoed = echo && added[echo.index];
          if (echoed) wait.echoed(echoed.waiting, echo.topic);
          await clock.advance(passMs);
        }
        await clock.advance(10);
        for (const key of ['a', 'b', 'c']) {
          expect(emitted.filter((value) => value.startsWith(key))).toEqual(
            added.filter((each) => each.key === key).map(({ value }) => value),
          );
        }
        expect(wait.size).toBe(0);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

it('what has passed is let go, however long somebody remembers that it was waited for', () => {
  const { emitted, add, wait } = createWait();
  const atOnce = add('one');
  const held = add('two', ['user']);
  expect([atOnce.value, held.value]).toEqual([undefined, 'two']);
  wait.echoed(held, 'user');
  expect(held.value).toBeUndefined();
  expect(emitted).toEqual(['one', 'two']);
});
