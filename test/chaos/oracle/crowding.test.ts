import { describe, expect, it } from 'vitest';
import { crowdedOut, SAT_OUT_MS, TOO_LARGE } from '../../../chaos/oracle/crowding.ts';
import { fault } from './evidence.ts';

const noRoom = { code: 'BufferFull', at: 20_000, size: 5_000 };
const outage = (from: number, until: number) => fault(from, until, { name: 'bus-down', holdsUpBus: true });

describe('what was parked for want of room', () => {
  it('is held against the bridge while the bus failed no longer than the socket can be paused', () => {
    expect(crowdedOut([noRoom], [])).toEqual([noRoom]);
    expect(crowdedOut([noRoom], [outage(20_100 - SAT_OUT_MS, 20_000)])).toEqual([noRoom]);
  });

  it('is excused by one long failure of the bus, and by short ones that follow each other', () => {
    expect(crowdedOut([noRoom], [outage(20_000 - SAT_OUT_MS, 20_000)])).toEqual([]);
    expect(crowdedOut([noRoom], [outage(10_000, 14_000), outage(15_000, 19_500)])).toEqual([]);
    expect(crowdedOut([noRoom], [outage(11_000, 40_000)])).toEqual([]);
    expect(crowdedOut([noRoom], [outage(8_000, 12_000), outage(16_000, 19_500)])).toEqual([noRoom]);
  });

  it('is held against the bridge when the bus failed for long, but not yet for so long', () => {
    expect(crowdedOut([noRoom], [outage(20_100 - SAT_OUT_MS, 60_000)])).toEqual([noRoom]);
  });

  it('is not excused by a failure of another time, nor by a fault of something else', () => {
    expect(crowdedOut([noRoom], [outage(40_000, 60_000)])).toEqual([noRoom]);
    expect(crowdedOut([noRoom], [fault(0, 20_000)])).toEqual([noRoom]);
  });

  it('is excused while bodies are large, or nothing can be parked', () => {
    const large = fault(19_000, 21_000, { name: 'huge', holdsUpBus: true, fillsBuffer: true });
    expect(crowdedOut([noRoom], [large])).toEqual([]);
  });

  it('is excused when it would never have had room', () => {
    expect(crowdedOut([{ ...noRoom, size: TOO_LARGE }], [])).toEqual([]);
  });

  it('is told by the clock of the listener, which a fault may have moved', () => {
    const moved = fault(15_000, 20_000, { name: 'clock-step', clockShiftMs: -15_000 });
    const earlier = { ...noRoom, at: 6_000 };
    expect(crowdedOut([earlier], [outage(10_000, 20_000)])).toEqual([earlier]);
    expect(crowdedOut([earlier], [outage(10_000, 20_000), moved])).toEqual([]);
  });
});

it('what was parked for another reason is no matter of room', () => {
  expect(crowdedOut([{ ...noRoom, code: 'InternalFailure' }], [])).toEqual([]);
});
