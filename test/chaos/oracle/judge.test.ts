import { describe, expect, it } from 'vitest';
import { GAP_MARGIN_MS } from '../../../chaos/oracle/coverage.ts';
import { judge } from '../../../chaos/oracle/judge.ts';
import { backfilled, evidence, fault, gap, numbers, seen, sent, sequence } from './evidence.ts';

const [first, second, third] = [sent(1), sent(2), sent(3)];
const all = [first, second, third];

describe('when every change is on the bus once', () => {
  it('nothing is wrong', () => {
    const verdict = judge(evidence({ sent: all, events: all.map((change) => seen(change)) }));
    expect(verdict).toMatchObject({
      published: 3,
      parked: 0,
      lost: [],
      missing: [],
      unexcused: [],
      stale: [],
      outOfOrder: [],
      outOfSequence: [],
      swallowed: [],
      doubled: [],
      doubledUnexcused: [],
      unfenced: [],
      crowdedOut: [],
      redelivered: 0,
    });
  });
});

describe('a change that is nowhere', () => {
  const events = [seen(first), seen(third)];

  it('is lost and missing when no gap tells of it', () => {
    const verdict = judge(evidence({ sent: all, events }));
    expect(numbers(verdict.lost)).toEqual([2]);
    expect(numbers(verdict.unexcused)).toEqual([2]);
  });

  it('is not lost when a gap tells of it and a later state was published', () => {
    const verdict = judge(
      evidence({ sent: all, events, gaps: [gap(1_500, 2_500)], faults: [fault(1_600, 1_700)] }),
    );
    expect(numbers(verdict.missing)).toEqual([2]);
    expect(verdict.lost).toEqual([]);
    expect(verdict.unexcused).toEqual([]);
  });

  it('is lost when the gap told of is another one', () => {
    const from = second.at + GAP_MARGIN_MS + 1;
    const verdict = judge(
      evidence({ sent: all, events, gaps: [gap(from, from + 100)], faults: [fault(0, 9_000)] }),
    );
    expect(numbers(verdict.lost)).toEqual([2]);
  });

  it('is missing without excuse when only planned changes were made meanwhile', () => {
    const faults = [fault(1_600, 1_700, { name: 'deploy', mayMiss: false })];
    const verdict = judge(evidence({ sent: all, events, gaps: [gap(1_500, 2_500)], faults }));
    expect(verdict.lost).toEqual([]);
    expect(numbers(verdict.unexcused)).toEqual([2]);
  });

  it('is not excused by a fault of another time', () => {
    const faults = [fault(60_000, 60_100)];
    const verdict = judge(evidence({ sent: all, events, gaps: [gap(1_500, 2_500)], faults }));
    expect(numbers(verdict.unexcused)).toEqual([2]);
  });

  it('is excused beside a standby if it waited, since before the last socket was there, for a bus that failed', () => {
    const kill = (mayMissBefore: number) =>
      fault(2_400, 2_500, { name: 'kill', mayMiss: false, mayMissBefore });
    const down = (from: number, until: number) =>
      fault(from, until, { name: 'bus-down', mayMiss: false, holdsUpBus: true });
    const unexcused = (...faults: Parameters<typeof judge>[0]['faults']) =>
      numbers(judge(evidence({ sent: all, events, gaps: [gap(1_500, 2_500)], faults })).unexcused);
    expect(unexcused(kill(2_200), down(1_900, 2_400))).toEqual([]);
    expect(unexcused(kill(1_900), down(1_900, 2_400))).toEqual([2]);
    expect(unexcused(kill(2_200), down(2_300, 2_400))).toEqual([2]);
    expect(unexcused(kill(2_200))).toEqual([2]);
    expect(unexcused(down(1_900, 2_400))).toEqual([2]);
  });

  it('is lost when it was sent after a gap whose listener died, and that was closed with another one', () => {
    const [late, later] = [sent(9), sent(10)];
    const gaps = [gap(2_500, undefined, { id: 'orphan', detectedAt: 4_000 }), gap(2_400, 6_000)];
    const told = [...all, later].map((change) => seen(change));
    const verdict = judge(evidence({ sent: [...all, late, later], events: told, gaps }));
    expect(numbers(verdict.lost)).toEqual([9]);
  });

  it('is published when it lies parked', () => {
    const parked = seen(second, { way: 'parked' });
    const verdict = judge(evidence({ sent: all, events: [...events, parked] }));
    expect(verdict).toMatchObject({ lost: [], missing: [], parked: 1, published: 2 });
  });

  it('may lie within a gap by a clock that a fault has moved', () => {
    const shifted = gap(21_500, 22_500, { detectedAt: 1_600, closedAt: 3_000 });
    const judgeWith = (clockShiftMs: number) =>
      judge(
        evidence({
          sent: all,
          events,
          gaps: [shifted],
          faults: [
            fault(1_400, 2_600),
            fault(1_000, 2_900, { name: 'clock-step', mayMiss: false, clockShiftMs }),
          ],
        }),
      );
    expect(numbers(judgeWith(20_000).lost)).toEqual([]);
    expect(numbers(judgeWith(0).lost)).toEqual([2]);
  });
});

describe('the last change of a conversation, when it is nowhere', () => {
  const events = [seen(first), seen(second)];
  const gaps = [gap(2_500, 3_500)];
  const faults = [fault(2_600, 2_700)];

  it('is lost, and the conversation stale, when nothing was published after it', () => {
    const verdict = judge(evidence({ sent: all, events, gaps, faults }));
    expect(numbers(verdict.lost)).toEqual([3]);
    expect(verdict.stale.map(({ conversationId }) => conversationId)).toEqual(['c']);
  });

  it('is made good by what REST was asked for', () => {
    const answer = backfilled({ at: 3_600, state: 'state-3', sequence: sequence(3) });
    const verdict = judge(evidence({ sent: all, events: [...events, answer], gaps, faults }));
    expect(verdict).toMatchObject({ lost: [], stale: [], backfilled: 1 });
  });

  it('is not made good by what REST was asked for before', () => {
    const answer = backfilled({ at: 2_900, state: 'state-2', sequence: sequence(3) });
    const verdict = judge(evidence({ sent: all, events: [...events, answer], gaps, faults }));
    expect(numbers(verdict.lost)).toEqual([3]);
  });

  it('is no loss within a gap when it changed nothing that counts', () => {
    const verdict = judge(evidence({ sent: all, events, gaps, faults, truth: new Map([['c', 'state-2']]) }));
    expect(verdict).toMatchObject({ lost: [], stale: [] });
    expect(numbers(verdict.missing)).toEqual([3]);
  });
});

describe('a genuine repetition', () => {
  const mute = sent(1, { digest: 'muted' });
  const unmute = sent(2, { digest: 'unmuted' });
  const again = sent(3, { digest: 'muted' });
  const changes = [mute, unmute, again];
  const truth = new Map([['c', 'muted']]);

  it('is swallowed when its body is on the bus fewer times than it was sent', () => {
    const events = [seen(mute, { state: 'muted' }), seen(unmute, { state: 'unmuted' })];
    const verdict = judge(evidence({ sent: changes, events, truth }));
    expect(numbers(verdict.swallowed)).toEqual([3]);
    expect(numbers(verdict.lost)).toEqual([3]);
    expect(verdict.stale).toHaveLength(1);
  });

  it('is there when another frame of the same body stands for it, under an event id of its own', () => {
    const stand = seen(mute, {
      state: 'muted',
      eventId: 'event-3',
      sequence: sequence(3),
      version: 3,
      at: 3_010,
    });
    const events = [seen(mute, { state: 'muted' }), seen(unmute), stand];
    const verdict = judge(evidence({ sent: changes, events, truth }));
    expect(verdict).toMatchObject({ swallowed: [], lost: [], stale: [], doubled: [] });
  });

  it('is not there because the first one was published twice before', () => {
    const twice = seen(mute, { eventId: 'event-1b', at: 1_900 });
    const verdict = judge(evidence({ sent: changes, events: [seen(mute), twice, seen(unmute)], truth }));
    expect(numbers(verdict.swallowed)).toEqual([3]);
    expect(verdict.doubled).toHaveLength(1);
  });

  it('is not there because the first one was delivered twice', () => {
    const twice = seen(mute, { at: 3_500 });
    const verdict = judge(evidence({ sent: changes, events: [seen(mute), seen(unmute), twice], truth }));
    expect(numbers(verdict.swallowed)).toEqual([3]);
    expect(verdict.redelivered).toBe(1);
  });
});

describe('a conversation', () => {
  it('is stale for those who go by its version when the last event has none that is greater', () => {
    const events = [seen(first), seen(second), seen(third, { version: 1 })];
    const verdict = judge(evidence({ sent: all, events }));
    expect(verdict.stale).toEqual([
      expect.objectContaining({ by: 'version', published: 'state-2', truth: 'state-3' }),
    ]);
  });

  it('is not stale when its versions begin anew and say so, or are told by the sequence alone', () => {
    const anew = seen(third, { version: 1, beginsAnew: true });
    const equal = seen(third, { version: 2 });
    for (const last of [anew, equal])
      expect(judge(evidence({ sent: all, events: [seen(first), seen(second), last] })).stale).toEqual([]);
  });

  it('is stale when an older state has the last sequence', () => {
    const events = [seen(first, { sequence: sequence(9) }), seen(second), seen(third)];
    const verdict = judge(evidence({ sent: all, events }));
    expect(verdict.stale).toEqual([expect.objectContaining({ published: 'state-1', truth: 'state-3' })]);
  });

  it('is stale when nothing of it was ever published', () => {
    const truth = new Map([
      ['c', 'state-3'],
      ['unheard-of', 'some state'],
    ]);
    const verdict = judge(evidence({ sent: all, events: all.map((change) => seen(change)), truth }));
    expect(verdict.stale.map(({ conversationId }) => conversationId)).toEqual(['unheard-of']);
  });

  it('is stale when its last body can not be read', () => {
    const events = [seen(first), seen(second), seen(third, { state: undefined })];
    expect(judge(evidence({ sent: all, events })).stale).toHaveLength(1);
  });
});

describe('a gap', () => {
  it('is open until the bridge says that it is closed', () => {
    const events = all.map((change) => seen(change));
    const gaps = [gap(1_000, 2_000), gap(2_500, 2_600, { closedAt: undefined })];
    expect(judge(evidence({ sent: all, events, gaps })).openGaps.map(({ id }) => id)).toEqual(['gap-2500']);
  });

  it('of a listener that died is closed with a later one that reaches over it, and with no other', () => {
    const events = all.map((change) => seen(change));
    const orphan = gap(2_500, undefined, { id: 'orphan', detectedAt: 4_000 });
    const openWith = (from: number, until: number) =>
      judge(evidence({ sent: all, events, gaps: [orphan, gap(from, until)] })).openGaps.map(({ id }) => id);
    expect(openWith(2_400, 6_000)).toEqual([]);
    expect(openWith(3_600, 6_000)).toEqual(['orphan']);
    expect(openWith(2_400, 2_900)).toEqual(['orphan']);
  });
});

describe('a gap that was told of', () => {
  const needless = (faults: Parameters<typeof judge>[0]['faults']) => {
    const events = all.map((change) => seen(change));
    return judge(evidence({ sent: all, events, gaps: [gap(8_000, 9_000)], faults })).needlessGaps.length;
  };

  it('is held against the bridge when there were only planned changes, or faults of another time', () => {
    expect(needless([fault(7_000, 9_000, { name: 'socket-closing', mayMiss: false })])).toBe(1);
    expect(needless([fault(90_000, 91_000)])).toBe(1);
  });

  it('is excused by a bus that held up what was received, if it is for a takeover', () => {
    const slow = fault(8_100, 8_500, { name: 'bus-down', mayMiss: false, holdsUpBus: true });
    const events = all.map((change) => seen(change));
    const needlessFor = (reason: string) => {
      const gaps = [gap(8_000, 9_000, { reason })];
      return judge(evidence({ sent: all, events, gaps, faults: [slow] })).needlessGaps.length;
    };
    expect(needlessFor('takeover')).toBe(0);
    expect(needlessFor('socket-closed')).toBe(1);
  });

  it('is excused by a fault that may cost frames, and by calls that failed', () => {
    expect(needless([fault(8_100, 8_200)])).toBe(0);
    expect(needless([fault(5_000, 8_500, { mayMiss: false, hindersCalls: true })])).toBe(0);
  });
});

describe('a frame that is no notification', () => {
  const garbage = [{ marker: 'marker', at: 5_000 }];
  const base = { sent: all, events: all.map((change) => seen(change)), garbage };

  it('is lost unless it lies parked', () => {
    expect(judge(evidence(base)).garbageLost).toEqual(garbage);
    expect(judge(evidence({ ...base, parkedFrames: ['{"id":"marker"'] })).garbageLost).toEqual([]);
  });

  it('may go when the connection does', () => {
    expect(judge(evidence({ ...base, gaps: [gap(4_900, 5_100)] })).garbageLost).toEqual([]);
    expect(judge(evidence({ ...base, faults: [fault(5_500, 6_000)] })).garbageLost).toEqual([]);
    expect(judge(evidence({ ...base, faults: [fault(50_000, 51_000)] })).garbageLost).toEqual(garbage);
  });
});
