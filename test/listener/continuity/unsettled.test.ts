import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Unsettled } from '../../../listener/continuity/unsettled.ts';

const position = (key: string, version: number, receivedAt: number) => ({
  key,
  version,
  digest: `${key}${version}`,
  receivedAt,
  open: true,
});

describe('what was disowned', () => {
  it('is waited for, and moves no position', () => {
    const unsettled = new Unsettled<{ n: number }>();
    const [first, second] = [{ n: 1 }, { n: 2 }];
    const position = { key: 'c', version: 1, digest: 'd', receivedAt: 5, open: true };
    unsettled.add(first, position);
    unsettled.disown();
    unsettled.add(second, { ...position, version: 2, receivedAt: 9 });
    expect(unsettled.oldestReceivedAt).toBe(5);
    expect(unsettled.settle(first)).toBeUndefined();
    expect(unsettled.settle(second)?.version).toBe(2);
    expect(unsettled.oldestReceivedAt).toBeUndefined();
  });
});

describe('what is not settled', () => {
  it('keeps a key where it is until everything before is settled, too', () => {
    const unsettled = new Unsettled<object>();
    const [first, second, third] = [{}, {}, {}];
    unsettled.add(first, position('a', 1, 10));
    unsettled.add(second, position('a', 2, 20));
    unsettled.add(third, position('a', 3, 30));
    expect(unsettled.settle(second)).toBeUndefined();
    expect(unsettled.settle(first)?.version).toBe(2);
    expect(unsettled.settle(third)?.version).toBe(3);
    expect(unsettled.oldestReceivedAt).toBeUndefined();
  });

  it('tells the oldest receipt, though it was accepted later', () => {
    const unsettled = new Unsettled<object>();
    unsettled.add({}, position('a', 1, 100));
    const keptBack = {};
    unsettled.add(keptBack, position('b', 1, 95));
    expect(unsettled.oldestReceivedAt).toBe(95);
    const frame = {};
    unsettled.addKeyless(frame, 90);
    expect(unsettled.oldestReceivedAt).toBe(90);
    expect(unsettled.settle(frame)).toBeUndefined();
    unsettled.settle(keptBack);
    expect(unsettled.oldestReceivedAt).toBe(100);
  });

  it('never lets a key or the oldest receipt pass an item, in whatever order they are settled', () => {
    const items = fc.uniqueArray(fc.record({ key: fc.constantFrom('a', 'b', 'c'), at: fc.nat(1_000) }), {
      selector: ({ at }) => at,
      maxLength: 30,
    });
    fc.assert(
      fc.property(items, fc.infiniteStream(fc.nat()), (all, picks) => {
        const unsettled = new Unsettled<object>();
        const reached = new Map<string, number>();
        const left = all.map((item, index) => ({ ...item, version: index + 1 }));
        for (const item of left) unsettled.add(item, position(item.key, item.version, item.at));
        while (left.length > 0) {
          const [item] = left.splice((picks.next().value ?? 0) % left.length, 1);
          const now = item && unsettled.settle(item);
          if (now) reached.set(now.key, now.version);
          for (const { key, version } of left) expect(reached.get(key) ?? 0).toBeLessThan(version);
          expect(unsettled.oldestReceivedAt).toBe(
            left.length === 0 ? undefined : Math.min(...left.map(({ at }) => at)),
          );
        }
        for (const { key, version } of all.map((each, index) => ({ ...each, version: index + 1 })))
          expect(reached.get(key)).toBeGreaterThanOrEqual(version);
      }),
    );
  });
});
