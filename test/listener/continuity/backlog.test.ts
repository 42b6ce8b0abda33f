import { expect, it } from 'vitest';
import { Backlog } from '../../../listener/continuity/backlog.ts';
import type { KeptFrame } from '../../../listener/continuity/frame-keeper.ts';
import { ManualClock } from '../../manual-clock.ts';

function createBacklog() {
  const state = { room: 0 };
  const gone: number[] = [];
  const clock = new ManualClock();
  const backlog = new Backlog(clock, () => state.room > 0);
  const kept = (receivedAt: number, data: string): KeptFrame => ({
    kind: 'refused',
    received: { data, receivedAt, receivedAtMs: receivedAt },
    code: 'MalformedFrame',
    detail: '',
  });
  const add = (receivedAt: number, data = 'frame') =>
    backlog.add({
      kept: kept(receivedAt, data),
      run: () => {
        state.room--;
        gone.push(receivedAt);
        // Whoever takes it tells that there is less room, at once.
        backlog.pump();
      },
    });
  return { backlog, state, gone, clock, add };
}

it('goes on in order, and no faster than there is room', () => {
  const { backlog, state, gone, add } = createBacklog();
  for (let at = 1; at <= 5; at++) add(at);
  backlog.pump();
  expect(gone).toEqual([]);
  state.room = 2;
  backlog.pump();
  expect(gone).toEqual([1, 2]);
  expect(backlog.oldestReceivedAt).toBe(3);
  state.room = 10;
  backlog.pump();
  expect(gone).toEqual([1, 2, 3, 4, 5]);
  expect(backlog.size).toBe(0);
  expect(backlog.oldestReceivedAt).toBeUndefined();
});

it('is bounded: beyond its limit the oldest goes on without room', () => {
  const { backlog, gone, add } = createBacklog();
  const half = 'x'.repeat(15 * 1024 * 1024);
  add(1, half);
  backlog.pump();
  expect(gone).toEqual([]);
  add(2, half);
  backlog.pump();
  expect(gone).toEqual([1]);
});

it('is waited for, but not longer than allowed', async () => {
  const { backlog, state, clock, add } = createBacklog();
  add(1);
  let over = 0;
  const waiting = backlog.emptied(1_000).then(() => {
    over++;
  });
  await clock.advance(999);
  expect(over).toBe(0);
  await clock.advance(1);
  await waiting;
  const again = backlog.emptied(1_000);
  state.room = 1;
  backlog.pump();
  await again;
  expect(backlog.size).toBe(0);
});

it('gives back what has not gone on', () => {
  const { backlog, state, add } = createBacklog();
  for (let at = 1; at <= 3; at++) add(at);
  state.room = 1;
  backlog.pump();
  expect(backlog.takeAll().map(({ kept }) => kept.received.receivedAt)).toEqual([2, 3]);
  expect(backlog.size).toBe(0);
});
