import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../listener/config.ts';
import { ORG_SOCKET_SETTINGS } from '../../listener/genesys/org-socket/settings.ts';
import { VERSION } from '../../listener/version.ts';

const ORG_ID = '5f1c6a3e-9d0b-4c7e-8a52-0e6b7d94c1f3';
const CONVERSATION = '6a1c2f0e-7f8b-4f4f-9a59-5b6f2f6f0a01';
const GOOD = {
  GENESYS_SECRET_ID: 'genesys',
  DIALECT: 'org-socket',
  GENESYSCLOUD_ORG_ID: ORG_ID,
  ORG_SOCKET_ORIGIN: 'https://bridge.example.com',
};

function problemsOf(changes: Record<string, string>): readonly string[] {
  try {
    readConfig({ ...GOOD, ...changes });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('DIALECT=org-socket', () => {
  it('needs the organisation and the origin, and no topics', () => {
    const { dialect, topics } = readConfig(GOOD);
    expect(dialect).toEqual({
      name: 'org-socket',
      url: `wss://${ORG_ID}.mypurecloud.jp/websocket`,
      origin: 'https://bridge.example.com',
      userAgent: `conversation-bridge/${VERSION}`,
      eventTypes: ['conversation:conversation:updated'],
      conversations: [],
    });
    expect(topics).toEqual([]);
  });

  it('goes to the region of the organisation', () => {
    const { dialect } = readConfig({ ...GOOD, GENESYSCLOUD_REGION: 'us-east-1' });
    expect(dialect).toMatchObject({ url: `wss://${ORG_ID}.mypurecloud.com/websocket` });
  });

  it('may set everything; another socket needs no organisation', () => {
    const { dialect } = readConfig({
      ...GOOD,
      GENESYSCLOUD_ORG_ID: '',
      GENESYSCLOUD_ORG_SOCKET_URL: 'ws://127.0.0.1:8090/websocket',
      ORG_SOCKET_USER_AGENT: 'bridge (ops@example.com)',
      ORG_SOCKET_EVENT_TYPES: 'conversation:conversation:updated, routing:queue:updated,',
      TOPICS: `conversation:${CONVERSATION}`,
    });
    expect(dialect).toEqual({
      name: 'org-socket',
      url: 'ws://127.0.0.1:8090/websocket',
      origin: 'https://bridge.example.com',
      userAgent: 'bridge (ops@example.com)',
      eventTypes: ['conversation:conversation:updated', 'routing:queue:updated'],
      conversations: [CONVERSATION],
    });
  });

  it.each([
    [{ DIALECT: 'sockets' }, /^DIALECT: "sockets" is not one of channels, org-socket$/],
    [{ GENESYSCLOUD_ORG_ID: '' }, /^GENESYSCLOUD_ORG_ID: missing; .*wss:\/\/<id of the organisation>/],
    [{ GENESYSCLOUD_ORG_ID: 'a.example.com/x' }, /^GENESYSCLOUD_ORG_ID: "a.example.com\/x" is no id/],
    [{ ORG_SOCKET_ORIGIN: '' }, /^ORG_SOCKET_ORIGIN: missing; .*registered for the OAuth client/],
    [{ ORG_SOCKET_ORIGIN: 'bridge.example.com' }, /^ORG_SOCKET_ORIGIN: "bridge.example.com" is no origin/],
    [{ ORG_SOCKET_ORIGIN: 'https://a.example/path' }, /^ORG_SOCKET_ORIGIN: .* scheme and host alone/],
    [{ ORG_SOCKET_USER_AGENT: 'a\nb' }, /^ORG_SOCKET_USER_AGENT: must be printable ASCII/],
    [{ ORG_SOCKET_EVENT_TYPES: ',' }, /^ORG_SOCKET_EVENT_TYPES: names no event type$/],
    [
      { ORG_SOCKET_EVENT_TYPES: 'conversation:updated' },
      /^ORG_SOCKET_EVENT_TYPES: "conversation:updated" is/,
    ],
    [{ GENESYSCLOUD_ORG_SOCKET_URL: 'ws://example.com/x' }, /^GENESYSCLOUD_ORG_SOCKET_URL: .* must be wss:/],
    [{ GENESYSCLOUD_ORG_SOCKET_URL: 'https://a.example' }, /^GENESYSCLOUD_ORG_SOCKET_URL: .* must be wss:/],
    [
      { GENESYSCLOUD_ORG_SOCKET_URL: 'wss://a:b@c.example' },
      /^GENESYSCLOUD_ORG_SOCKET_URL: must hold no user/,
    ],
    [{ TOPICS: 'queues:*,user:x' }, /^TOPICS: the org socket can't be asked for queues:\*, user:x; use/],
  ])('%j gets one line', (changes, line) => {
    const problems = problemsOf({ TOPICS: 'conversations:*', ...changes }).filter(
      (problem) => !problem.includes('"conversations:*" is no topic'),
    );
    expect(problems).toEqual([expect.stringMatching(line)]);
    expect(problems[0]).not.toContain('\n');
  });

  it('is told of all that is wrong at once', () => {
    const changes = { GENESYSCLOUD_ORG_ID: '', ORG_SOCKET_ORIGIN: '', HEALTH_PORT: 'x', TOPICS: 'queues:*' };
    expect(problemsOf(changes)).toHaveLength(4);
  });
});

describe('DIALECT=channels', () => {
  it('does not mind settings of the other one, and does not know its topics', () => {
    const config = readConfig({ ...GOOD, DIALECT: 'channels', TOPICS: 'queues:*' });
    expect(config.dialect).toEqual({ name: 'channels' });
    expect(problemsOf({ DIALECT: 'channels', TOPICS: 'conversations:*' })).toHaveLength(1);
  });
});

it('the version is the one of package.json', async () => {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  expect(JSON.parse(text).version).toBe(VERSION);
});

it('docs/org-socket.md lists each setting as the help does', async () => {
  const page = await readFile(new URL('../../docs/org-socket.md', import.meta.url), 'utf8');
  for (const setting of ORG_SOCKET_SETTINGS) {
    const meaning = setting.meaning.replace('org-socket: ', '');
    const fallback = 'fallback' in setting ? `\`${setting.fallback}\`` : '';
    expect(page).toContain(`| \`${setting.name}\` | ${fallback} | ${meaning} |\n`);
  }
});
