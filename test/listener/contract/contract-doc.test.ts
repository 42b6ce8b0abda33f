import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { sampleEvents } from '../../../listener/contract/sample.ts';
import {
  CHANGES,
  CONNECTION_STATES,
  CONVERSATION_STATES,
  MEDIA_TYPES,
} from '../../../listener/contract/vocabulary.ts';
import { matchesPattern } from './event-pattern.ts';

const page = await readFile(new URL('../../../docs/contract.md', import.meta.url), 'utf8');
const patterns = new Map<string, unknown>(
  [...page.matchAll(/```json pattern=([a-z-]+)\n([\s\S]*?)```/g)].map(([, name = '', json = '']) => [
    name,
    JSON.parse(json),
  ]),
);

const CALL = [
  'call in the flow',
  'call queued',
  'call alerting',
  'call connected',
  'call held',
  'call retrieved',
  'call in wrap-up',
  'call ended',
];
const OTHER_MEDIA = ['email alerting, by the topic of one medium', 'callback scheduled'];
const BACKFILLED = ['call connected, backfilled after a gap'];
const DETAIL_EVENTS = ['detail event: queue entered', 'detail event: after-call work done'];

/** Which sample events each documented pattern must match; it must match no other. */
const EXPECTED: Record<string, string[]> = {
  conversations: [...CALL, ...OTHER_MEDIA, ...DETAIL_EVENTS, ...BACKFILLED],
  'agent-alerting': ['call alerting'],
  'calls-on-hold': ['call held'],
  'one-queue': ['call queued', 'call connected', 'detail event: queue entered'],
  done: ['call ended', 'detail event: after-call work done'],
  'snapshots-with-changes': [...CALL, ...BACKFILLED],
  'not-voice': OTHER_MEDIA,
  'user-notifications': ['activity of a user'],
  'connection-trouble': ['connection backing off'],
  'gap-with-changes': ['gap closed'],
};

describe('docs/contract.md', () => {
  it.each(Object.entries(EXPECTED))(
    'has a pattern "%s" that matches what it should and nothing else',
    (name, expected) => {
      const pattern = patterns.get(name);
      const matched = sampleEvents().filter(({ event }) => matchesPattern(pattern, event));
      expect(matched.map((sample) => sample.name)).toEqual(expected);
    },
  );

  it('has no pattern that is not tested', () => {
    expect([...patterns.keys()]).toEqual(Object.keys(EXPECTED));
  });

  it('lists every change with its meaning, in order', () => {
    const rows = Object.entries(CHANGES).map(([change, meaning]) => `| \`${change}\` | ${meaning} |\n`);
    expect(page).toContain(rows.join(''));
  });

  it('names every state, medium and connection state', () => {
    for (const word of [...Object.keys(CONVERSATION_STATES), ...MEDIA_TYPES, ...CONNECTION_STATES]) {
      expect(page).toContain(`\`${word}\``);
    }
  });
});

describe('matchesPattern', () => {
  it('matches an array by any of its items, and refuses what it does not know', () => {
    expect(matchesPattern({ a: ['x'] }, { a: ['y', 'x'] })).toBe(true);
    expect(matchesPattern({ a: [{ exists: true }] }, { a: [] })).toBe(false);
    expect(matchesPattern({ a: [{ exists: false }] }, {})).toBe(true);
    expect(matchesPattern({ a: { b: [1] } }, { a: [{ b: 2 }, { b: 1 }] })).toBe(true);
    expect(() => matchesPattern({ a: [{ wildcard: '*' }] }, { a: 'x' })).toThrow('wildcard');
  });
});
