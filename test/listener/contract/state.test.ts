import { describe, expect, it } from 'vitest';
import { type Fields, onCall, snapshotOf } from './fixtures.ts';

const customer = (state: string, leg: Fields = {}) => onCall('c', 'customer', state, leg);
const external = (state: string) => onCall('x', 'external', state);
const agent = (state: string, leg: Fields = {}, id = 'a') => onCall(id, 'agent', state, leg);
const acd = (state: string) => onCall('q', 'acd', state);
const ivr = (state: string) => onCall('i', 'ivr', state);
const gone = 'disconnected';
const pending = { afterCallWork: { state: 'pending' } };
const complete = { afterCallWork: { state: 'complete' } };
const held = { held: true };

describe('the state of a conversation', () => {
  it.each<[string | undefined, string, Fields[]]>([
    ['wrapup', 'everybody gone, after-call work pending', [customer(gone), agent(gone, pending)]],
    [
      'wrapup',
      'everybody gone, one agent of two still at after-call work',
      [customer(gone), agent(gone, complete), agent(gone, pending, 'a2')],
    ],
    ['ended', 'everybody gone', [customer(gone), ivr('terminated'), agent(gone)]],
    ['ended', 'everybody gone, after-call work complete', [customer(gone), agent(gone, complete)]],
    ['ended', 'an abandoned call', [customer(gone), ivr(gone), acd(gone)]],
    [
      'dialing',
      'an outbound call: the agent is connected, the customer is being reached',
      [agent('connected'), customer('contacting')],
    ],
    [
      'dialing',
      'an outbound call: the agent is connected, the customer is being dialed',
      [agent('connected'), external('dialing')],
    ],
    ['dialing', 'a dialer call with no agent yet', [customer('dialing')]],
    ['connected', 'an agent and a customer', [customer('connected'), acd(gone), agent('connected')]],
    [
      'connected',
      'one agent, another alerting: a consult',
      [customer('connected'), agent('connected'), agent('alerting', {}, 'a2')],
    ],
    [
      'connected',
      'one agent on hold, another connected',
      [customer('connected'), agent('connected', held), agent('connected', {}, 'a2')],
    ],
    [
      'connected',
      'an agent, while a consulted external number is dialed',
      [customer('connected'), agent('connected'), external('dialing')],
    ],
    ['connected', 'an agent whose customer has left: an email', [customer(gone), agent('connected')]],
    [
      'connected',
      'an agent, another in after-call work after a transfer',
      [customer('connected'), agent(gone, pending), agent('connected', {}, 'a2')],
    ],
    ['held', 'the only agent on hold', [customer('connected'), agent('connected', held)]],
    [
      'held',
      'every agent on hold',
      [customer('connected'), agent('connected', held), agent('connected', held, 'a2')],
    ],
    [
      'held',
      'the agent on hold, the next one alerting',
      [customer('connected'), agent('connected', held), agent('alerting', {}, 'a2')],
    ],
    [
      'alerting',
      'an agent alerting while the queue’s leg is there',
      [customer('connected'), acd('connected'), agent('alerting')],
    ],
    [
      'alerting',
      'an agent to whom it is offered',
      [customer('connected'), acd('connected'), agent('offering')],
    ],
    ['queued', 'the queue’s leg', [customer('connected'), ivr(gone), acd('connected')]],
    [
      'queued',
      'the queue, and an in-queue flow',
      [customer('connected'), ivr('connected'), acd('connected')],
    ],
    [
      'queued',
      'the queue again, the agent who transferred in after-call work',
      [customer('connected'), agent(gone, pending), acd('connected')],
    ],
    [
      'queued',
      'an agent’s phone is being reached: not yet alerting',
      [customer('connected'), acd('connected'), agent('contacting')],
    ],
    ['flow', 'an IVR', [customer('connected'), ivr('connected')]],
    ['flow', 'a voicemail', [customer('connected'), acd(gone), onCall('v', 'voicemail', 'connected')]],
    ['flow', 'a workflow', [customer('connected'), onCall('w', 'workflow', 'connected')]],
    ['dialing', 'an agent’s own phone is being reached', [agent('dialing')]],
    ['scheduled', 'a callback that waits for its time', [customer('scheduled'), acd('scheduled')]],
    [
      'connected',
      'a customer with an external party, the agent gone',
      [customer('connected'), external('connected'), agent(gone, pending)],
    ],
    [
      'wrapup',
      'the customer alone, the agent in after-call work',
      [customer('connected'), agent(gone, pending)],
    ],
    [undefined, 'the customer alone, and nothing else to tell', [customer('connected')]],
    [undefined, 'nobody', []],
    [undefined, 'legs with no state', [customer('none'), { id: 'a', purpose: 'agent' }]],
    [undefined, 'an email that its agent has parked', [customer(gone), agent('parked', pending)]],
    [
      undefined,
      'one agent in after-call work, another with the email parked',
      [customer('connected'), agent(gone, pending), agent('parked', {}, 'a2')],
    ],
    [undefined, 'a state that is not known', [customer('connected'), agent('levitating')]],
  ])('is %s with %s', (state, _case, participants) => {
    expect(snapshotOf(participants).state).toBe(state);
  });

  it('is wrapup for a callback whose agent still says connected but has a time at which it ended', () => {
    const leg = { state: 'connected', disconnectedTime: '2026-01-05T09:00:40.000Z', ...pending };
    const snapshot = snapshotOf([
      { id: 'c', purpose: 'customer', callbacks: [{ state: 'connected' }] },
      { id: 'q', purpose: 'acd', endTime: '2026-01-05T09:00:10.000Z', callbacks: [{ state: 'connected' }] },
      { id: 'a', purpose: 'agent', startAcwTime: '2026-01-05T09:00:40.000Z', callbacks: [leg] },
    ]);
    expect(snapshot.state).toBe('wrapup');
    expect(snapshot.participants.map(({ state }) => state)).toEqual([
      'connected',
      'disconnected',
      'disconnected',
    ]);
  });

  it('takes pending after-call work for announced only, while the agent is connected', () => {
    const snapshot = snapshotOf([customer('connected'), agent('connected', pending)]);
    expect(snapshot.state).toBe('connected');
    expect(snapshot.participants[1]).not.toHaveProperty('wrapup');
  });
});
