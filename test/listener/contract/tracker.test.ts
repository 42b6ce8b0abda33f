import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../listener/contract/snapshot.ts';
import { ConversationTracker } from '../../../listener/contract/tracker.ts';

function snapshot(id: string, state: 'connected' | 'ended' = 'connected', muted = false): Snapshot {
  const legState = state === 'ended' ? 'disconnected' : 'connected';
  const participants = [{ id: 'a', purpose: 'agent', state: legState, muted }];
  return { id, state, mediaTypes: [], queueIds: [], agentIds: [], participants };
}

describe('ConversationTracker', () => {
  it('knows when a conversation ended, also when it remembers no more of it, until it goes on', () => {
    const tracker = new ConversationTracker({ maxEnded: 1 });
    tracker.acceptSnapshot('conversation', { ...snapshot('c1', 'ended'), endedAt: 5_000 });
    expect(tracker.endOf('c1')).toBe(5_000);
    tracker.acceptSnapshot('conversation', { ...snapshot('c2', 'ended'), endedAt: 6_000 });
    expect(tracker.endOf('c1')).toBe(5_000);
    tracker.acceptSnapshot('conversation', snapshot('c1'));
    expect(tracker.endOf('c1')).toBeUndefined();
    tracker.observe('medium:voice', { ...snapshot('c3', 'ended'), endedAt: 7_000 });
    tracker.observe('medium:chat', { ...snapshot('c3', 'ended'), endedAt: 6_000 });
    expect(tracker.endOf('c3')).toBe(7_000);
    tracker.forgetState('c3');
    expect(tracker.endOf('c3')).toBeUndefined();
  });

  it('counts versions conversation by conversation, across lanes and detail events', () => {
    const tracker = new ConversationTracker();
    expect(tracker.acceptSnapshot('conversation', snapshot('c1')).version).toBe(1);
    expect(tracker.acceptSnapshot('medium:voice', snapshot('c1')).version).toBe(2);
    expect(tracker.acceptPartial('c1')).toBe(3);
    expect(tracker.acceptSnapshot('conversation', snapshot('c2')).version).toBe(1);
    expect(tracker.acceptSnapshot('conversation', snapshot('c1')).version).toBe(4);
  });

  it('compares a snapshot with the last one of its lane only', () => {
    const tracker = new ConversationTracker();
    tracker.acceptSnapshot('conversation', snapshot('c1'));
    expect(tracker.acceptSnapshot('medium:voice', snapshot('c1', 'connected', true)).changes).toEqual([
      'unknown',
    ]);
    expect(tracker.acceptSnapshot('conversation', snapshot('c1')).changes).toEqual([]);
    expect(tracker.acceptSnapshot('medium:voice', snapshot('c1')).changes).toEqual(['agent.unmuted']);
  });

  it('gives mute, unmute, mute the same revision twice and three versions', () => {
    const tracker = new ConversationTracker();
    const accepted = [true, false, true].map((muted) =>
      tracker.acceptSnapshot('conversation', snapshot('c1', 'connected', muted)),
    );
    expect(accepted.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(accepted[0]?.revision).toBe(accepted[2]?.revision);
    expect(accepted[0]?.revision).not.toBe(accepted[1]?.revision);
  });

  it('counts other topics each for itself', () => {
    const tracker = new ConversationTracker();
    expect([1, 2].map(() => tracker.acceptNotification('t1'))).toEqual([1, 2]);
    expect(tracker.acceptNotification('t2')).toBe(1);
  });

  it('forgets the least recently heard of when it is full', () => {
    const tracker = new ConversationTracker({ maxConversations: 2 });
    for (const id of ['c1', 'c2', 'c1', 'c3']) tracker.acceptSnapshot('conversation', snapshot(id));
    expect(tracker.size).toBe(2);
    expect(tracker.acceptSnapshot('conversation', snapshot('c1'))).toMatchObject({ version: 3, changes: [] });
    expect(tracker.acceptSnapshot('conversation', snapshot('c2'))).toMatchObject({
      version: 1,
      changes: ['unknown'],
    });
  });

  it('forgets the topic least recently heard of', () => {
    const tracker = new ConversationTracker({ maxConversations: 2 });
    for (const topic of ['t1', 't2', 't1', 't3']) tracker.acceptNotification(topic);
    expect(tracker.acceptNotification('t1')).toBe(3);
    expect(tracker.acceptNotification('t2')).toBe(1);
  });

  it('forgets an ended conversation before an open one, however recent', () => {
    const tracker = new ConversationTracker({ maxConversations: 2, maxEnded: 2 });
    tracker.acceptSnapshot('conversation', snapshot('open'));
    tracker.acceptSnapshot('conversation', snapshot('ended', 'ended'));
    tracker.acceptSnapshot('conversation', snapshot('new'));
    expect(tracker.acceptSnapshot('conversation', snapshot('open')).version).toBe(2);
    expect(tracker.size).toBe(2);
    expect(tracker.acceptPartial('ended')).toBe(1);
  });

  it('keeps the snapshots of no more ended conversations than it may, but knows that they have ended, and where', () => {
    const tracker = new ConversationTracker({ maxConversations: 5, maxEnded: 2 });
    const end = (n: number) => tracker.acceptSnapshot('conversation', snapshot(`c${n}`, 'ended'));
    const ends = Array.from({ length: 9 }, (_, n) => end(n));
    expect(tracker.size).toBe(5);
    expect(tracker.positionOf('c3')).toBeUndefined();
    const { revision } = ends[4] ?? {};
    expect(tracker.positionOf('c4')).toEqual({ key: 'c4', version: 1, revision, open: false });
    expect(tracker.wholeVersionOf('c4')).toBe(1);
    expect(end(8)).toMatchObject({ version: 2, changes: [] });
    expect(end(4)).toMatchObject({ version: 2, changes: ['unknown'] });
    expect(tracker.acceptPartial('c3')).toBe(1);
  });

  it('forgets that conversations have ended beyond as many as it may', () => {
    const tracker = new ConversationTracker({ maxConversations: 100, maxEnded: 2, maxPast: 3 });
    for (let n = 0; n < 9; n++) tracker.acceptSnapshot('conversation', snapshot(`c${n}`, 'ended'));
    expect(tracker.size).toBe(5);
    expect(tracker.positionOf('c4')).toMatchObject({ version: 1, open: false });
    expect(tracker.positionOf('c3')).toBeUndefined();
  });

  it('remembers nothing of an ended conversation that it has only observed, but its snapshot', () => {
    const tracker = new ConversationTracker({ maxConversations: 10, maxEnded: 1 });
    tracker.observe('conversation', snapshot('c1', 'ended'));
    tracker.observe('conversation', snapshot('c2', 'ended'));
    expect(tracker.size).toBe(1);
  });

  it('takes a conversation for open while one of its media goes on', () => {
    const tracker = new ConversationTracker();
    tracker.acceptSnapshot('medium:voice', snapshot('c1'));
    tracker.acceptSnapshot('medium:screenshare', snapshot('c1', 'ended'));
    expect(tracker.openConversationIds()).toEqual(['c1']);
    tracker.acceptSnapshot('medium:voice', snapshot('c1', 'ended'));
    expect(tracker.openConversationIds()).toEqual([]);
  });

  it('stays within bounds whatever comes', () => {
    const tracker = new ConversationTracker({ maxConversations: 50 });
    for (let n = 0; n < 2_000; n++) {
      tracker.acceptSnapshot('conversation', snapshot(`c${n}`, n % 3 === 0 ? 'ended' : 'connected'));
      tracker.acceptPartial(`d${n}`);
      tracker.acceptNotification(`t${n}`);
      expect(tracker.size).toBeLessThanOrEqual(50);
    }
    expect(tracker.acceptNotification('t0')).toBe(1);
    expect(tracker.acceptNotification('t1999')).toBe(2);
  });

  it('is not misled by ids that are names of the prototype', () => {
    const tracker = new ConversationTracker();
    expect(tracker.acceptSnapshot('conversation', snapshot('__proto__')).version).toBe(1);
    expect(tracker.acceptSnapshot('conversation', snapshot('constructor')).changes).toEqual(['unknown']);
  });

  it('tells the open conversations, the one last heard of first', () => {
    const tracker = new ConversationTracker();
    for (const id of ['c1', 'c2', 'c3']) tracker.acceptSnapshot('conversation', snapshot(id));
    tracker.acceptPartial('c1');
    tracker.acceptSnapshot('conversation', snapshot('c2', 'ended'));
    tracker.acceptNotification('t1');
    expect(tracker.openConversationIds()).toEqual(['c1', 'c3']);
  });

  it('takes a conversation for ended when the whole of it has, whatever one medium said last', () => {
    const tracker = new ConversationTracker();
    tracker.acceptSnapshot('medium:voice', snapshot('c1'));
    tracker.acceptSnapshot('conversation', snapshot('c1', 'ended'));
    expect(tracker.openConversationIds()).toEqual([]);
    tracker.acceptSnapshot('medium:voice', snapshot('c1'));
    expect(tracker.openConversationIds()).toEqual([]);
  });

  it('tells the revision and version of the last whole snapshot, whatever came after', () => {
    const tracker = new ConversationTracker();
    expect(tracker.positionOf('c1')).toBeUndefined();
    tracker.acceptPartial('c1');
    expect(tracker.positionOf('c1')).toEqual({ key: 'c1', version: 1, open: true });
    expect(tracker.wholeVersionOf('c1')).toBeUndefined();
    const { revision } = tracker.acceptSnapshot('conversation', snapshot('c1'));
    tracker.acceptPartial('c1');
    tracker.acceptSnapshot('medium:voice', snapshot('c1', 'connected', true));
    expect(tracker.positionOf('c1')).toEqual({ key: 'c1', version: 4, revision, open: true });
    expect(tracker.wholeVersionOf('c1')).toBe(2);
  });

  it('goes on from positions: versions, revisions, what is open and in which order', () => {
    const first = new ConversationTracker();
    first.acceptSnapshot('conversation', snapshot('c1'));
    first.acceptSnapshot('conversation', snapshot('c2', 'ended'));
    first.acceptPartial('c3');
    first.acceptSnapshot('medium:voice', snapshot('c4', 'ended'));
    first.acceptNotification('t1');
    first.acceptSnapshot('conversation', snapshot('c1'));
    const next = new ConversationTracker();
    next.restore(first.positions());
    expect(next.openConversationIds()).toEqual(['c1', 'c3']);
    for (const { key } of first.positions()) expect(next.positionOf(key)).toEqual(first.positionOf(key));
    expect(next.acceptSnapshot('conversation', snapshot('c1'))).toMatchObject({
      version: 3,
      revision: first.positionOf('c1')?.revision,
      changes: ['unknown'],
    });
    expect(next.acceptSnapshot('conversation', snapshot('c2', 'ended')).version).toBe(2);
    expect(next.acceptPartial('c3')).toBe(2);
    expect(next.acceptSnapshot('medium:voice', snapshot('c4')).version).toBe(2);
    expect(next.acceptNotification('t1')).toBe(2);
    expect([...next.positions()].filter(({ key }) => key === 'c4')).toHaveLength(1);
  });

  it('knows no state for the last one where others may have told more, and goes on from a version that is new', () => {
    const tracker = new ConversationTracker();
    const position = { key: 'c1', version: 3, revision: 'r', open: true };
    tracker.restore([position, { key: 't1', version: 2, open: false }]);
    tracker.skipTo(5_000);
    expect(tracker.positionOf('c1')).toEqual({ key: 'c1', version: 3, open: true });
    expect(tracker.acceptPartial('c1')).toBe(5_001);
    expect(tracker.acceptNotification('t1')).toBe(5_001);
    expect(tracker.acceptPartial('unheard-of')).toBe(5_001);
    expect(tracker.acceptNotification('t2')).toBe(5_001);
    tracker.restore([position]);
    expect(tracker.positionOf('c1')).toMatchObject({ version: 5_001, revision: 'r' });
  });

  it('knows the end that was written down, unless something has come since', () => {
    const tracker = new ConversationTracker();
    const ended = (key: string) => ({ key, version: 3, revision: 'r', open: false });
    tracker.restore([ended('c1'), ended('c2')]);
    tracker.acceptSnapshot('conversation', snapshot('c2', 'ended'));
    tracker.skipTo(5_000);
    expect(tracker.positionOf('c1')).toEqual({ key: 'c1', version: 3, revision: 'r', open: false });
    expect(tracker.positionOf('c2')?.revision).toBeUndefined();
    tracker.restore([ended('c1')], 0, false);
    tracker.skipTo(5_000);
    expect(tracker.positionOf('c1')?.revision).toBeUndefined();
  });

  it('has an end that was lost be asked for again', () => {
    const tracker = new ConversationTracker();
    tracker.acceptSnapshot('conversation', snapshot('c1', 'ended'));
    expect(tracker.openConversationIds()).toEqual([]);
    tracker.forgetState('c1');
    expect(tracker.openConversationIds()).toEqual(['c1']);
    expect(tracker.positionOf('c1')).toEqual({ key: 'c1', version: 1, open: true });
    tracker.forgetState('unheard-of');
    expect(tracker.size).toBe(1);
  });

  it('counts everything from no less than it is told', () => {
    const position = { key: 'c1', version: 3, revision: 'r', open: true };
    const topic = { key: 't1', version: 2, open: false };
    const tracker = new ConversationTracker();
    tracker.restore([position, topic], 200);
    expect(['c1', 'c3'].map((id) => tracker.acceptPartial(id))).toEqual([201, 201]);
    expect(['t1', 't3'].map((name) => tracker.acceptNotification(name))).toEqual([201, 201]);
    expect(tracker.positionOf('c1')).toMatchObject({ revision: 'r' });
  });

  it('keeps a restored end until the whole conversation says otherwise', () => {
    const tracker = new ConversationTracker();
    tracker.restore([{ key: 'c1', version: 3, revision: 'r', open: false }]);
    tracker.acceptSnapshot('medium:voice', snapshot('c1'));
    tracker.acceptPartial('c1');
    expect(tracker.openConversationIds()).toEqual([]);
    tracker.acceptSnapshot('conversation', snapshot('c1'));
    expect(tracker.openConversationIds()).toEqual(['c1']);
  });

  it('stays within bounds when more is restored than there is room for, and keeps what was last heard of', () => {
    const tracker = new ConversationTracker({ maxConversations: 2 });
    const positions = Array.from({ length: 9 }, (_, n) => ({ key: `c${n}`, version: 5, open: true }));
    tracker.restore([...positions, { key: 't1', version: 1, open: false }]);
    expect(tracker.size).toBe(2);
    expect(tracker.openConversationIds()).toEqual(['c8', 'c7']);
  });
});
