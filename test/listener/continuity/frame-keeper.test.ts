import { describe, expect, it } from 'vitest';
import { FrameKeeper, type KeptFrame } from '../../../listener/continuity/frame-keeper.ts';
import { ManualClock } from '../../manual-clock.ts';

function createKeeper() {
  const clock = new ManualClock();
  const passed: KeptFrame[] = [];
  const keeper = new FrameKeeper(clock, (kept) => passed.push(kept));
  const add = (data: string) =>
    keeper.add({
      kind: 'refused',
      received: { data, receivedAt: clock.now(), receivedAtMs: clock.monotonic() },
      code: 'Test',
      detail: '',
    });
  return { clock, keeper, passed, add };
}

const textsOf = (kept: readonly KeptFrame[]) => kept.map(({ received }) => received.data);

describe('a standby', () => {
  it('keeps the last minute, in the order of receipt, and hands it over once', async () => {
    const { clock, keeper, passed, add } = createKeeper();
    for (const name of ['0', '20', '40', '60', '80']) {
      add(name);
      await clock.advance(20_000);
    }
    expect(textsOf(passed)).toEqual(['0']);
    expect(textsOf(keeper.takeAll())).toEqual(['20', '40', '60', '80']);
    expect(keeper.takeAll()).toEqual([]);
    expect(keeper.size).toBe(0);
  });

  it('says from when on it has all, once it has let go of something, and begins anew when that is taken', async () => {
    const { clock, keeper, add } = createKeeper();
    const start = clock.now();
    add('first');
    await clock.advance(30_000);
    add('second');
    expect(keeper.completeSince).toBeUndefined();
    await clock.advance(31_000);
    add('third');
    expect(keeper.completeSince).toBe(start);
    keeper.takeAll();
    expect(keeper.completeSince).toBeUndefined();
  });

  it('is bounded in memory, however much comes within the minute', () => {
    const { keeper, passed, add } = createKeeper();
    const megabyte = 'x'.repeat(1024 * 1024);
    for (let n = 0; n < 100; n++) add(megabyte);
    expect(keeper.size).toBe(24);
    expect(passed).toHaveLength(76);
  });

  it('loses none while it cuts off what has passed', async () => {
    const { clock, keeper, passed, add } = createKeeper();
    for (let n = 0; n < 5_000; n++) {
      add(String(n));
      if (n % 10 === 0) await clock.advance(300);
    }
    const all = [...textsOf(passed), ...textsOf(keeper.takeAll())];
    expect(all).toEqual(Array.from({ length: 5_000 }, (_, n) => String(n)));
  });
});
