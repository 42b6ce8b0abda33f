import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../listener/contract/snapshot.ts';
import { ConversationTracker } from '../../../listener/contract/tracker.ts';

function snapshot(id: string, state: 'connected' | 'ended' = 'connected', muted = false): Snapshot {
  const legState = state === 'ended' ? 'disconnected' : 'connected';
  const participants = [{ id: 'a', purpose: 'agent', state: legState, muted }];
  return { id, state, mediaTypes: [], queueIds: [], agentIds: [], participants };
}

describe('ConversationTracker', () => {
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

  it('keeps no more ended conversations than it may, with all its room free', () => {
    const tracker = new ConversationTracker({ maxConversations: 1_000, maxEnded: 3 });
    for (let n = 0; n < 10; n++) tracker.acceptSnapshot('conversation', snapshot(`c${n}`, 'ended'));
    expect(tracker.size).toBe(3);
    expect(tracker.acceptPartial('c9')).toBe(2);
  });

  it('takes a conversation for open while one of its media goes on', () => {
    const tracker = new ConversationTracker({ maxConversations: 10, maxEnded: 0 });
    tracker.acceptSnapshot('medium:voice', snapshot('c1'));
    tracker.acceptSnapshot('medium:screenshare', snapshot('c1', 'ended'));
    expect(tracker.size).toBe(1);
    tracker.acceptSnapshot('medium:voice', snapshot('c1', 'ended'));
    expect(tracker.size).toBe(0);
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
});
