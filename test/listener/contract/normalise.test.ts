import { describe, expect, it } from 'vitest';
import { normaliseSnapshot } from '../../../listener/contract/normalise.ts';
import { known, onCall, snapshotOf } from './fixtures.ts';

describe('normaliseSnapshot', () => {
  it('gives the whole conversation for a body of shape A', () => {
    const snapshot = snapshotOf([
      onCall('p1', 'customer', 'connected', { direction: 'inbound', held: false, muted: false }),
      onCall('p2', 'acd', 'disconnected', { disconnectType: 'transfer', held: false }, { queueId: 'q1' }),
      onCall('p3', 'agent', 'CONNECTED', { held: true, muted: true }, { queueId: 'q1', userId: 'u1' }),
    ]);
    expect(snapshot).toEqual({
      id: 'conversation-1',
      state: 'held',
      mediaTypes: ['voice'],
      direction: 'inbound',
      queueIds: ['q1'],
      agentIds: ['u1'],
      participants: [
        {
          id: 'p1',
          purpose: 'customer',
          state: 'connected',
          mediaType: 'voice',
          direction: 'inbound',
          held: false,
          muted: false,
        },
        {
          id: 'p2',
          purpose: 'acd',
          state: 'disconnected',
          mediaType: 'voice',
          queueId: 'q1',
          disconnectType: 'transfer',
        },
        {
          id: 'p3',
          purpose: 'agent',
          state: 'connected',
          mediaType: 'voice',
          userId: 'u1',
          queueId: 'q1',
          held: true,
          muted: true,
        },
      ],
    });
  });

  it('gives the same for a body of shape B, from its flat participants', () => {
    const snapshot = snapshotOf(
      [
        { id: 'p1', purpose: 'customer', state: 'connected', direction: 'inbound' },
        {
          id: 'p2',
          purpose: 'agent',
          state: 'alerting',
          user: { id: 'u1' },
          queue: { id: 'q1' },
          held: false,
        },
      ],
      'message',
    );
    expect(snapshot).toMatchObject({
      state: 'alerting',
      mediaTypes: ['message'],
      queueIds: ['q1'],
      agentIds: ['u1'],
    });
    expect(snapshot.participants[1]).toEqual({
      id: 'p2',
      purpose: 'agent',
      state: 'alerting',
      mediaType: 'message',
      userId: 'u1',
      queueId: 'q1',
      held: false,
    });
  });

  it('tells after-call work in shape B by its times', () => {
    const agent = {
      id: 'a',
      purpose: 'agent',
      state: 'disconnected',
      startAcwTime: '2026-01-05T09:00:00.000Z',
    };
    const done = { ...agent, endAcwTime: '2026-01-05T09:01:00.000Z' };
    expect(snapshotOf([agent], 'voice').participants[0]?.wrapup).toBe('pending');
    expect(snapshotOf([done], 'voice').participants[0]?.wrapup).toBe('completed');
  });

  it('reads legs where a topic of one medium has bodies of shape A', () => {
    const snapshot = snapshotOf([{ id: 'a', purpose: 'agent', videos: [{ state: 'connected' }] }], 'video');
    expect(snapshot).toMatchObject({ state: 'connected', mediaTypes: ['video'] });
  });

  it.each([
    ['calls', 'voice'],
    ['callbacks', 'callback'],
    ['chats', 'chat'],
    ['emails', 'email'],
    ['messages', 'message'],
    ['internalMessages', 'internalmessage'],
    ['cobrowsesessions', 'cobrowse'],
    ['screenshares', 'screenshare'],
    ['screenMonitorings', 'screenmonitoring'],
    ['videos', 'video'],
    ['socialExpressions', 'social'],
  ])('names the medium of %s %s', (field, mediaType) => {
    const snapshot = snapshotOf([{ id: 'a', purpose: 'agent', [field]: [{ state: 'connected' }] }]);
    expect(snapshot).toMatchObject({ mediaTypes: [mediaType], participants: [{ mediaType }] });
  });

  it('brings several legs down to the one that counts most, and names every medium once, in a fixed order', () => {
    const snapshot = snapshotOf([
      {
        id: 'a',
        purpose: 'agent',
        screenshares: [{ state: 'disconnected' }],
        calls: [
          { state: 'connected', held: true },
          { state: 'connected', held: false },
          { state: 'disconnected' },
        ],
      },
      { id: 'b', purpose: 'customer', screenshares: [{ state: 'connected' }] },
    ]);
    expect(snapshot.mediaTypes).toEqual(['voice', 'screenshare']);
    expect(snapshot.participants[0]).toMatchObject({ state: 'connected', mediaType: 'voice', held: false });
  });

  it('lists queues and agents once, in order of appearance, and no user who is no agent', () => {
    const snapshot = snapshotOf([
      onCall('1', 'acd', 'disconnected', {}, { queueId: 'q2' }),
      onCall('2', 'agent', 'disconnected', {}, { queueId: 'q2', userId: 'u2' }),
      onCall('3', 'acd', 'disconnected', {}, { queueId: 'q1' }),
      onCall('4', 'agent', 'connected', {}, { queueId: 'q1', userId: 'u1' }),
      onCall('5', 'agent', 'connected', {}, { queueId: 'q1', userId: 'u2' }),
      onCall('6', 'voicemail', 'connected', {}, { userId: 'u9' }),
    ]);
    expect(snapshot.queueIds).toEqual(['q2', 'q1']);
    expect(snapshot.agentIds).toEqual(['u2', 'u1']);
  });

  it('takes null for absent', () => {
    const body = {
      id: 'c',
      participants: [
        { id: 'p', purpose: null, userId: null, endTime: null, calls: null, user: null, state: null },
      ],
    };
    expect(known(normaliseSnapshot(body, undefined))).toEqual({
      id: 'c',
      mediaTypes: [],
      queueIds: [],
      agentIds: [],
      participants: [{ id: 'p' }],
    });
  });

  it('tells when one that has ended did: when the last one was gone, after-call work included', () => {
    const gone = (id: string, endTime: string, more = {}) =>
      onCall(id, 'agent', 'disconnected', {}, { endTime, ...more });
    const customer = gone('c', '2026-01-05T09:00:02.500Z');
    const agent = gone('a', '2026-01-05T09:00:01.000Z', { endAcwTime: '2026-01-05T09:00:09.000Z' });
    const at = (text: string) => Date.parse(text);
    expect(snapshotOf([customer]).endedAt).toBe(at('2026-01-05T09:00:02.500Z'));
    expect(snapshotOf([customer, agent]).endedAt).toBe(at('2026-01-05T09:00:09.000Z'));
    expect(snapshotOf([customer, onCall('b', 'agent', 'connected')])).not.toHaveProperty('endedAt');
    expect(snapshotOf([gone('c', 'some day')])).not.toHaveProperty('endedAt');
  });

  it('has the direction of the customer’s leg before any other', () => {
    const agentFirst = [
      onCall('a', 'agent', 'connected', { direction: 'outbound' }),
      onCall('c', 'customer', 'connected', { direction: 'inbound' }),
    ];
    expect(snapshotOf(agentFirst).direction).toBe('inbound');
  });

  it.each([
    undefined,
    null,
    'text',
    [],
    {},
    { id: 'c' },
    { id: '', participants: [] },
    { id: 7, participants: [] },
    { id: 'c', participants: {} },
    { id: 'c', participants: [{ purpose: 'agent' }] },
    { id: 'c', participants: [{ id: 'p', calls: 'none' }] },
  ])('does not know the shape of %j', (body) => {
    expect(normaliseSnapshot(body, undefined)).toBeUndefined();
  });

  it('keeps text in any script', () => {
    expect(snapshotOf([onCall('参加者-😀', 'customer', 'connected')]).participants[0]?.id).toBe('参加者-😀');
  });
});
