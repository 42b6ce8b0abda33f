import { describe, expect, it } from 'vitest';
import { judge } from '../../../chaos/oracle/judge.ts';
import type { PlayedFault } from '../../../chaos/oracle/records.ts';
import { evidence, fault, seen, sent } from './evidence.ts';

const change = sent(20);
const events = [seen(change), seen(change, { eventId: 'another', at: change.at + 400 })];
const unexcused = (faults: readonly PlayedFault[]) =>
  judge(evidence({ sent: [change], events, faults })).doubledUnexcused.map(({ eventId }) => eventId);

describe('a change that came twice, under two event ids', () => {
  it('is held against the bridge when nothing accounts for it', () => {
    expect(unexcused([])).toEqual(['another']);
  });

  it('is excused by a fault that took along who knew of the first one', () => {
    expect(unexcused([fault(18_000, 19_000, { name: 'kill', mayDouble: true })])).toEqual([]);
  });

  it('is not excused by a lost connection, nor by such a fault of another time', () => {
    expect(unexcused([fault(18_000, 19_000)])).toEqual(['another']);
    expect(unexcused([fault(1_000, 2_000, { mayDouble: true })])).toEqual(['another']);
    expect(unexcused([fault(30_000, 31_000, { mayDouble: true })])).toEqual(['another']);
  });

  it('is fine under one event id: consumers leave it out', () => {
    const twice = [seen(change), seen(change, { at: change.at + 400 })];
    const verdict = judge(evidence({ sent: [change], events: twice }));
    expect(verdict).toMatchObject({ doubled: [], doubledUnexcused: [], redelivered: 1 });
  });
});
