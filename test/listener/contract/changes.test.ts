import { describe, expect, it } from 'vitest';
import { diff } from '../../../listener/contract/changes.ts';
import { CHANGES } from '../../../listener/contract/vocabulary.ts';
import { type Fields, onCall, snapshotOf } from './fixtures.ts';

const customer = (state: string, leg: Fields = {}) => onCall('c', 'customer', state, leg);
const agent = (state: string, leg: Fields = {}) => onCall('a', 'agent', state, leg);
const acd = (state: string, queueId = 'q1') => onCall('q', 'acd', state, {}, { queueId });
const ivr = (state: string) => onCall('i', 'ivr', state);
const gone = 'disconnected';

const changesBetween = (before: Fields[], after: Fields[]) =>
  diff(snapshotOf(before), snapshotOf(after), true);

/** Each row: what changed, before, after. Together they use the whole vocabulary. */
const ROWS: [string[], Fields[], Fields[]][] = [
  [['flow.entered'], [customer('connected')], [customer('connected'), ivr('connected')]],
  [['flow.left', 'queue.entered'], [ivr('connected')], [ivr(gone), acd('connected')]],
  [
    ['queue.left', 'agent.connected'],
    [acd('connected'), agent('alerting')],
    [acd(gone), agent('connected')],
  ],
  [['queue.entered', 'queue.left'], [acd('connected', 'q1')], [acd('connected', 'q2')]],
  [['queue.entered', 'queue.left'], [customer('connected')], [customer('connected'), acd(gone)]],
  [['queue.entered'], [acd('scheduled')], [acd('connected')]],
  [[], [customer('connected')], [customer('connected'), acd('scheduled')]],
  [['customer.connected'], [customer('dialing')], [customer('connected')]],
  [['customer.connected'], [onCall('x', 'external', 'dialing')], [onCall('x', 'external', 'connected')]],
  [['customer.held'], [customer('connected')], [customer('connected', { held: true })]],
  [['customer.retrieved'], [customer('connected', { held: true })], [customer('connected', { held: false })]],
  [['customer.ended'], [customer('connected'), agent('connected')], [customer(gone), agent('connected')]],
  [['agent.alerting'], [acd('connected')], [acd('connected'), agent('alerting')]],
  [[], [agent('offering')], [agent('alerting')]],
  [['agent.connected'], [agent('alerting')], [agent('connected')]],
  [['agent.connected', 'agent.held'], [agent('alerting')], [agent('connected', { held: true })]],
  [['agent.held'], [agent('connected', { held: false })], [agent('connected', { held: true })]],
  [['agent.retrieved'], [agent('connected', { held: true })], [agent('connected', { held: false })]],
  [['agent.muted'], [agent('connected', { muted: false })], [agent('connected', { muted: true })]],
  [['agent.unmuted'], [agent('connected', { muted: true })], [agent('connected', { muted: false })]],
  [['agent.muted'], [agent('connected', { audioMuted: false })], [agent('connected', { audioMuted: true })]],
  [['agent.ended'], [customer('connected'), agent('alerting')], [customer('connected'), agent(gone)]],
  [
    ['agent.ended'],
    [customer('connected'), agent('connected', { held: true, muted: true })],
    [customer('connected'), agent(gone)],
  ],
  [
    ['agent.transferred', 'agent.ended'],
    [customer('connected'), agent('connected')],
    [customer('connected'), agent(gone, { disconnectType: 'transfer.consult' })],
  ],
  [
    ['agent.ended'],
    [customer('connected'), agent('alerting')],
    [customer('connected'), agent(gone, { disconnectType: 'transfer' })],
  ],
  [
    ['agent.ended'],
    [customer('connected'), agent('connected')],
    [customer('connected'), agent(gone, { disconnectType: 'transfer.noanswer' })],
  ],
  [
    ['customer.ended', 'agent.ended', 'agent.wrapup'],
    [customer('connected'), agent('connected')],
    [customer(gone), agent(gone, { afterCallWork: { state: 'pending' } })],
  ],
  [
    ['agent.wrapup.completed', 'conversation.ended'],
    [agent(gone, { afterCallWork: { state: 'pending' } })],
    [agent(gone, { afterCallWork: { state: 'complete' } })],
  ],
  [['customer.ended', 'conversation.ended'], [customer('connected')], [customer(gone)]],
  [['agent.connected'], [], [onCall('u', 'user', 'connected')]],
  [[], [customer('connected')], [customer('connected')]],
  [[], [customer(gone)], [customer(gone)]],
  [[], [customer('connected')], [customer('connected'), onCall('d', 'dialer', 'connected')]],
];

describe('diff', () => {
  it.each(ROWS)('says %j', (changes, before, after) => {
    expect(changesBetween(before, after)).toEqual(changes);
  });

  it('says unknown when there is no last snapshot', () => {
    expect(diff(undefined, snapshotOf([customer('connected')]), true)).toEqual(['unknown']);
  });

  it('tells the end of the conversation only from snapshots that hold all of it', () => {
    const [before, after] = [snapshotOf([customer('connected')]), snapshotOf([customer(gone)])];
    expect(diff(before, after, false)).toEqual(['customer.ended']);
  });

  it('uses every word of the vocabulary in these rows', () => {
    const used = new Set(['unknown', ...ROWS.flatMap(([changes]) => changes)]);
    expect(used).toEqual(new Set(Object.keys(CHANGES)));
  });

  it('names a change once, however many participants it happened to', () => {
    const two = (state: string) => [onCall('a', 'agent', state), onCall('b', 'agent', state)];
    expect(changesBetween(two('alerting'), two('connected'))).toEqual(['agent.connected']);
  });
});
