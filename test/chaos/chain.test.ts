import { describe, expect, it } from 'vitest';
import { Chain } from '../../chaos/listeners/chain.ts';
import { Tasks } from '../../chaos/listeners/tasks.ts';
import { ManualClock } from '../manual-clock.ts';

const TASK_MS = 36_000;

/** A chain whose invocations do nothing but what the test tells in their name. */
function chain() {
  const clock = new ManualClock();
  const tasks = new Tasks();
  const invoked: { readonly token: string; readonly at: number }[] = [];
  const kept = new Chain({
    tasks,
    taskMs: TASK_MS,
    invoke: (token) => invoked.push({ token, at: clock.monotonic() }),
    after: (ms, call) => clock.after(ms, call),
  });
  const newest = () => invoked.at(-1)?.token ?? '';
  const startedAt = () => invoked.map(({ at }) => at);
  return { clock, tasks, kept, newest, startedAt };
}

describe('a chain of relays', () => {
  it('starts the next one at once when one calls for it, and hears that one no more', async () => {
    const { clock, tasks, kept, newest, startedAt } = chain();
    const first = newest();
    await clock.advance(8_000);
    expect(tasks.tell(first, 'success')).toBe('awaited');
    expect(startedAt()).toEqual([0, 8_000]);
    expect(kept.handedOver).toBe(1);
    for (const told of ['heartbeat', 'success', 'failure'] as const)
      expect(tasks.tell(first, told)).toBe('closed');
    expect(startedAt()).toEqual([0, 8_000]);
    expect(tasks.tell(newest(), 'heartbeat')).toBe('awaited');
  });

  it('gives up one that says nothing for 12 s, and starts another one a second later', async () => {
    const { clock, tasks, newest, startedAt } = chain();
    const first = newest();
    await clock.advance(11_000);
    expect(tasks.tell(first, 'heartbeat')).toBe('awaited');
    await clock.advance(11_999);
    expect(startedAt()).toEqual([0]);
    await clock.advance(1);
    expect(tasks.tell(first, 'heartbeat')).toBe('closed');
    await clock.advance(1_000);
    expect(startedAt()).toEqual([0, 24_000]);
  });

  it('gives up one that outlives its task, heartbeats or not', async () => {
    const { clock, tasks, newest, startedAt } = chain();
    const first = newest();
    for (let at = 0; at < TASK_MS; at += 5_000) {
      await clock.advance(5_000);
      tasks.tell(first, 'heartbeat');
    }
    expect(startedAt()).toEqual([0, TASK_MS + 1_000]);
  });

  it('waits longer after each failure, 4 s at most, and begins anew after a success', async () => {
    const { clock, tasks, newest, startedAt } = chain();
    for (const pauseMs of [1_000, 2_000, 4_000, 4_000]) {
      tasks.tell(newest(), 'failure');
      await clock.advance(pauseMs);
    }
    expect(startedAt()).toEqual([0, 1_000, 3_000, 7_000, 11_000]);
    tasks.tell(newest(), 'success');
    tasks.tell(newest(), 'failure');
    await clock.advance(1_000);
    expect(startedAt()).toEqual([0, 1_000, 3_000, 7_000, 11_000, 11_000, 12_000]);
  });

  it.each(['relaying', 'pausing'])('starts none once it was stopped while %s', async (state) => {
    const { clock, tasks, kept, newest, startedAt } = chain();
    if (state === 'pausing') tasks.tell(newest(), 'failure');
    kept.stop();
    expect(tasks.tell(newest(), 'success')).toBe('closed');
    await clock.advance(100_000);
    expect(startedAt()).toEqual([0]);
  });
});

it('a token that nobody gave out is unknown', () => {
  expect(new Tasks().tell('made up', 'success')).toBe('unknown');
});
