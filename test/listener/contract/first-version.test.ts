import { describe, expect, it } from 'vitest';
import { EventAssembler } from '../../../listener/contract/assemble.ts';
import { firstVersionOf, unreachedVersion } from '../../../listener/contract/first-version.ts';
import { frameOf, QUEUE_TOPIC, receipt } from './fixtures.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();

describe('a version that nothing has reached', () => {
  it('grows by ten a second, and is none before there were any', () => {
    expect(unreachedVersion(NOW + 10_000)).toBe(unreachedVersion(NOW) + 100);
    expect(unreachedVersion(0)).toBe(0);
  });
});

describe('the first version of a conversation', () => {
  const leg = (connectedTime: string) => ({ state: 'connected', connectedTime });

  it('is 0 when it has just begun, or nobody knows when', () => {
    expect(firstVersionOf({ participants: [{ connectedTime: ago(3), calls: [leg(ago(1))] }] }, NOW)).toBe(0);
    expect(firstVersionOf({ participants: [{ connectedTime: 'yesterday' }] }, NOW)).toBe(0);
    expect(firstVersionOf('no body', NOW)).toBe(0);
  });

  it.each([
    ['a participant', { participants: [{ connectedTime: ago(6) }, { connectedTime: ago(1) }] }],
    ['a leg', { participants: [{ connectedTime: ago(1), calls: [leg(ago(6))] }] }],
    ['REST', { startTime: ago(6), participants: [] }],
  ])('exceeds what was told before, when it began some time ago by %s', (_, body) => {
    const first = firstVersionOf(body, NOW);
    expect(first).toBeGreaterThan(unreachedVersion(NOW - 61_000));
    expect(first).toBeLessThanOrEqual(unreachedVersion(NOW));
    // Two listeners receive it at moments that differ a little.
    expect(firstVersionOf(body, NOW + 500)).toBe(first);
  });
});

describe('a conversation of which nothing is remembered', () => {
  const body = (connectedTime: string) => ({
    id: 'c',
    participants: [{ id: 'p', purpose: 'agent', connectedTime, calls: [{ state: 'connected' }] }],
  });
  const at = { ...receipt(), receivedAt: new Date(NOW) };
  const versionsOf = (assembler: EventAssembler, topics: readonly string[], connectedTime: string) =>
    topics.map((topic) => {
      const isDetail = topic.startsWith('v2.detail');
      const frame = frameOf(topic, isDetail ? { conversationId: 'c' } : body(connectedTime));
      return assembler.accept(frame, at).version;
    });

  it('counts from 1 when it is new', () => {
    expect(versionsOf(new EventAssembler(), [QUEUE_TOPIC, QUEUE_TOPIC], ago(1))).toEqual([1, 2]);
  });

  it('counts from where it can not have been before, when it went on after it was forgotten', () => {
    const [first = 0, second] = versionsOf(new EventAssembler(), [QUEUE_TOPIC, QUEUE_TOPIC], ago(600));
    expect(first).toBe(unreachedVersion(NOW) + 1);
    expect(second).toBe(first + 1);
  });

  it('does so from its first snapshot on, when a part of it comes before', () => {
    const detail = 'v2.detail.events.conversation.c.acw';
    const [part, first, next] = versionsOf(new EventAssembler(), [detail, QUEUE_TOPIC, detail], ago(600));
    expect([part, first, next]).toEqual([1, unreachedVersion(NOW) + 1, unreachedVersion(NOW) + 2]);
  });

  it('goes on from its position where that is known, however old it is', () => {
    const assembler = new EventAssembler();
    assembler.restore([{ key: 'c', version: 7, revision: 'r', open: true }]);
    expect(versionsOf(assembler, [QUEUE_TOPIC], ago(600))).toEqual([8]);
  });
});

describe('another topic', () => {
  it('has other event ids for the same body when it was forgotten meanwhile', () => {
    const topic = 'v2.routing.queues.q.users';
    const idAt = (receivedAt: number) =>
      new EventAssembler().accept(frameOf(topic, { joined: true }), {
        ...receipt(),
        receivedAt: new Date(receivedAt),
      }).eventId;
    expect(idAt(NOW)).toBe(idAt(NOW + 500));
    expect(idAt(NOW)).not.toBe(idAt(NOW + 900_000));
  });
});
