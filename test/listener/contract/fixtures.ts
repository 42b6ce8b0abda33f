import { expect } from 'vitest';
import type { ReceiptContext } from '../../../listener/contract/assemble.ts';
import { type NotificationFrame, parseFrame } from '../../../listener/contract/frame.ts';
import { normaliseSnapshot } from '../../../listener/contract/normalise.ts';
import type { Snapshot } from '../../../listener/contract/snapshot.ts';
import type { MediaType } from '../../../listener/contract/vocabulary.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A participant of shape A with one call in a state. */
export function onCall(
  id: string,
  purpose: string,
  state: string,
  leg: Fields = {},
  more: Fields = {},
): Fields {
  return { id, purpose, calls: [{ state, ...leg }], ...more };
}

/** The snapshot of a body of shape A with these participants. */
export function snapshotOf(participants: readonly Fields[], topicMedia?: MediaType): Snapshot {
  return known(normaliseSnapshot({ id: 'conversation-1', participants }, topicMedia));
}

export function known<T>(value: T | undefined): T {
  expect(value).toBeDefined();
  if (value === undefined) throw new Error('unreachable');
  return value;
}

export function notification(text: string): NotificationFrame {
  const frame = parseFrame(text);
  if (frame.kind !== 'notification') throw new Error(`Not a notification: ${JSON.stringify(frame)}`);
  return frame;
}

export function frameOf(topicName: string, eventBody: unknown): NotificationFrame {
  return notification(JSON.stringify({ topicName, version: '2', eventBody, metadata: {} }));
}

export function receipt(counter = 1): ReceiptContext & { readonly topics: readonly string[] } {
  return {
    receivedAt: new Date('2026-01-05T09:00:00.000Z'),
    shard: '0',
    dialect: 'channels',
    sequence: `1767603600000-${String(counter).padStart(12, '0')}`,
    topics: ['v2.routing.queues.q1.conversations'],
  };
}

export const QUEUE_TOPIC = 'v2.routing.queues.q1.conversations';
