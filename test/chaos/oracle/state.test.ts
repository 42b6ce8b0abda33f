import { describe, expect, it } from 'vitest';
import { stateOf } from '../../../chaos/oracle/state.ts';
import { revision } from '../../../listener/contract/identity.ts';
import { normaliseSnapshot } from '../../../listener/contract/normalise.ts';
import { ContactCentre } from '../../../mock/contact-centre/contact-centre.ts';
import { ManualClock } from '../../manual-clock.ts';

const agent = {
  id: 'agent',
  purpose: 'agent',
  userId: 'user',
  queueId: 'queue',
  calls: [{ id: 'call', state: 'connected', held: false, muted: false }],
};
const customer = { id: 'customer', purpose: 'customer', calls: [{ id: 'other', state: 'connected' }] };
const conversation = { id: 'c', participants: [customer, agent] };
const withAgent = (changed: object) => ({ id: 'c', participants: [customer, { ...agent, ...changed }] });

describe('the state of a conversation', () => {
  it('is the same by notification and by REST, for whatever happens in a contact centre', () => {
    const centre = new ContactCentre({ seed: 5, clock: new ManualClock(), agents: 12 });
    let compared = 0;
    centre.on('change', ({ conversationId, conversation: body }) => {
      if (conversationId === undefined || body === undefined) return;
      expect(stateOf(JSON.parse(body()))).toEqual(stateOf(centre.truth(conversationId)));
      compared += 1;
    });
    for (let step = 0; step < 600; step += 1) centre.step();
    expect(compared).toBeGreaterThan(500);
  });

  it('is told apart by the revisions of the bridge, too, wherever it changes', () => {
    const centre = new ContactCentre({ seed: 6, clock: new ManualClock(), agents: 12 });
    const last = new Map<string, { readonly state: string; readonly revision: string }>();
    const changed = new Set<string>();
    centre.on('change', ({ conversationId, conversation: body }) => {
      if (conversationId === undefined || body === undefined) return;
      const conversation = JSON.parse(body());
      const { state } = stateOf(conversation) ?? { state: '' };
      const snapshot = normaliseSnapshot(conversation, undefined);
      if (snapshot === undefined) throw new Error('this is no conversation');
      const now = { state, revision: revision(snapshot) };
      const before = last.get(conversationId);
      last.set(conversationId, now);
      if (before === undefined || before.state === state) return;
      expect(now.revision).not.toBe(before.revision);
      for (const medium of snapshot.mediaTypes) changed.add(medium);
    });
    for (let step = 0; step < 4_000; step += 1) centre.step();
    expect([...changed]).toEqual(expect.arrayContaining(['voice', 'video', 'message', 'chat', 'email']));
  });

  it('does not depend on the order of participants, nor on what does not count', () => {
    const mixed = { id: 'c', extra: 1, participants: [{ ...agent, name: 'A' }, customer] };
    expect(stateOf(mixed)).toEqual(stateOf(conversation));
  });

  it.each([
    ['a leg is held', withAgent({ calls: [{ ...agent.calls[0], held: true }] })],
    ['a leg is muted', withAgent({ calls: [{ ...agent.calls[0], muted: true }] })],
    ['a video is muted', withAgent({ calls: [{ id: 'call', state: 'connected', audioMuted: true }] })],
    ['a leg has ended', withAgent({ calls: [{ ...agent.calls[0], state: 'disconnected' }] })],
    ['a leg ended for a reason', withAgent({ calls: [{ ...agent.calls[0], disconnectType: 'peer' }] })],
    ['a leg is added', withAgent({ screenshares: [{ id: 'screen', state: 'connected' }] })],
    ['after-call work has begun', withAgent({ startAcwTime: '2026-01-05T09:00:00.000Z' })],
    ['it was wrapped up', withAgent({ wrapup: { code: 'Resolved' } })],
    ['another user is there', withAgent({ userId: 'another' })],
    ['another queue is there', withAgent({ queueId: 'another' })],
    ['somebody has come', { id: 'c', participants: [customer, agent, { ...agent, id: 'second' }] }],
  ])('is another one when %s', (_, changed) => {
    expect(stateOf(changed)?.state).not.toBe(stateOf(conversation)?.state);
  });

  it('is unknown of what is no whole conversation', () => {
    expect(stateOf(undefined)).toBeUndefined();
    expect(stateOf({ id: 'c' })).toBeUndefined();
  });
});
