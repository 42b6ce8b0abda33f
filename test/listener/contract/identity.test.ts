import { describe, expect, it } from 'vitest';
import { bodyDigest, eventId, formatSequence, revision } from '../../../listener/contract/identity.ts';
import { onCall, snapshotOf } from './fixtures.ts';

describe('eventId', () => {
  const digest = bodyDigest('{"a":1}');

  it('is the same for the same key, version and body', () => {
    expect(eventId('c1', 1, digest)).toBe(eventId('c1', 1, bodyDigest('{"a":1}')));
    expect(eventId('c1', 1, digest)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('differs when key, version or body differ', () => {
    const ids = [
      eventId('c1', 1, digest),
      eventId('c2', 1, digest),
      eventId('c1', 2, digest),
      eventId('c1', 1, bodyDigest('{"a":2}')),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  it('stays what it was published as', () => {
    expect(eventId('c1', 1, digest)).toBe('f236060b9119c03cfe2f31a1f4ca19af');
  });
});

describe('revision', () => {
  const customer = onCall('p1', 'customer', 'connected', { held: false });
  const agent = onCall('p2', 'agent', 'connected', { held: false }, { userId: 'u1' });

  it('is the same whatever the order of keys and participants', () => {
    const reordered = {
      calls: [{ held: false, state: 'connected' }],
      userId: 'u1',
      purpose: 'agent',
      id: 'p2',
    };
    expect(revision(snapshotOf([reordered, customer]))).toBe(revision(snapshotOf([customer, agent])));
  });

  it('is the same when only what is not normalised differs', () => {
    const more = { ...agent, name: 'someone', attributes: { a: 'b' } };
    expect(revision(snapshotOf([customer, more]))).toBe(revision(snapshotOf([customer, agent])));
  });

  it.each([
    ['state', onCall('p2', 'agent', 'alerting', { held: false }, { userId: 'u1' })],
    ['hold', onCall('p2', 'agent', 'connected', { held: true }, { userId: 'u1' })],
    ['user', onCall('p2', 'agent', 'connected', { held: false }, { userId: 'u2' })],
    ['mute', onCall('p2', 'agent', 'connected', { held: false, muted: true }, { userId: 'u1' })],
    ['queue', onCall('p2', 'agent', 'connected', { held: false }, { userId: 'u1', queueId: 'q' })],
  ])('differs when the %s of a participant differs', (_what, changed) => {
    expect(revision(snapshotOf([customer, changed]))).not.toBe(revision(snapshotOf([customer, agent])));
  });
});

describe('revision of a participant with several legs', () => {
  const withLegs = (share: object, more: object = {}) => ({
    id: 'p1',
    purpose: 'agent',
    calls: [{ state: 'connected' }],
    screenshares: [share],
    ...more,
  });
  const before = revision(snapshotOf([withLegs({ state: 'connected' })]));

  it('differs when a leg differs that is not the one that counts most', () => {
    expect(revision(snapshotOf([withLegs({ state: 'disconnected' })]))).not.toBe(before);
    expect(revision(snapshotOf([withLegs({ state: 'connected', held: true })]))).not.toBe(before);
    expect(revision(snapshotOf([withLegs({ state: 'connected', held: false })]))).toBe(before);
  });

  it('differs when the code of the wrap-up differs', () => {
    const coded = (code: string) => revision(snapshotOf([withLegs({}, { wrapup: { code } })]));
    expect(coded('a')).toBe(coded('a'));
    expect(coded('b')).not.toBe(coded('a'));
  });
});

describe('formatSequence', () => {
  it('orders as text as it orders in time', () => {
    const sequences = [
      formatSequence(999_999_999_999, 99),
      formatSequence(1_767_603_600_000, 9),
      formatSequence(1_767_603_600_000, 10),
      formatSequence(1_767_603_600_000, 999_999_999_999),
      formatSequence(1_767_603_600_001, 1),
    ];
    expect(sequences.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(sequences);
    expect(sequences[1]).toBe('1767603600000-000000000009');
  });
});
