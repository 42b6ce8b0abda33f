import { expect, it } from 'vitest';
import { silenceAfter } from '../../../chaos/oracle/silence.ts';
import { fault } from './evidence.ts';

const live = (...times: readonly number[]) => times.map((at) => ({ way: 'live' as const, at }));
const end = (at: number, besideStandby = false) => ({ at, besideStandby });
const LOAD_ENDED = 60_000;

it('silence lasts from the end of a listener to the next event that it did not send itself, the longest counts', () => {
  const events = live(9_000, 10_040, 13_500, 21_000, 21_900);
  expect(silenceAfter([end(10_000), end(21_010)], events, [], LOAD_ENDED).silenceMs).toBe(3_500);
  expect(silenceAfter([end(21_010)], events, [], LOAD_ENDED).silenceMs).toBe(890);
  expect(silenceAfter([end(10_000)], events, [], 14_000).silenceMs).toBeNull();
});

it('silence beside a standby counts where one was ready and the bus took everything', () => {
  const events = live(14_000, 33_000);
  const ends = [end(10_000), end(30_000, true)];
  const beside = (...faults: Parameters<typeof fault>[]) =>
    silenceAfter(
      ends,
      events,
      faults.map((each) => fault(...each)),
      LOAD_ENDED,
    ).silenceBesideStandbyMs;
  expect(beside()).toBe(3_000);
  expect(beside([29_000, 29_500, { holdsUpBus: true }], [29_000, 31_000])).toBe(3_000);
  const soon = [...ends, end(32_000)];
  expect(silenceAfter(soon, events, [], LOAD_ENDED).silenceBesideStandbyMs).toBeNull();
  expect(beside([29_000, 31_000, { holdsUpBus: true }])).toBeNull();
  expect(beside([32_000, 36_000, { holdsUpBus: true }])).toBeNull();
});
