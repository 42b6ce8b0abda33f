import { z } from 'zod';
import { parseFrame } from '../../../../listener/contract/frame.ts';
import type { CredentialsSource } from '../../../../listener/genesys/credentials.ts';
import type { DialectName } from '../../../../listener/genesys/session/dialect.ts';
import { isLive } from '../../../../listener/genesys/session/state.ts';
import type { Moment, Passage } from '../../../../mock/genesys/moments.ts';
import { DEFAULT_CLIENT, type MockGenesys, ORG_SOCKET_CLIENT } from '../../../../mock/genesys/server.ts';
import { until } from '../../../until.ts';
import { createSession, type SessionHarnessOptions } from './harness.ts';

const RECHECK_MS = 10_000;
const OTHER = { id: '7d0c2a54-51c8-4f0e-9f55-3f2b6f0e7a11', secret: 'rotated-secret' };

export const DIALECTS = ['channels', 'org-socket'] as const satisfies readonly DialectName[];

/** A session that a test has hand over: its credentials can be rotated, from one client of the mock to another. */
export async function createHandover(
  dialect: DialectName = 'channels',
  { mock, ...options }: SessionHarnessOptions = {},
) {
  const client = dialect === 'channels' ? DEFAULT_CLIENT : ORG_SOCKET_CLIENT;
  const clients = [client, { ...client, ...OTHER }];
  let present = { clientId: client.id, clientSecret: client.secret };
  const credentials: CredentialsSource = { description: 'a test', read: async () => present };
  const harness = await createSession({
    ...(dialect === 'org-socket' ? { orgSocket: {} } : {}),
    credentials,
    credentialsRecheckMs: RECHECK_MS,
    ...options,
    mock: { clients, ...mock },
  });
  const { session, mock: genesys, clock } = harness;
  const sockets = new Set<NonNullable<Passage['socket']>>();
  genesys.controls.onMoment(({ socket }) => socket && sockets.add(socket));

  const rotate = (clientSecret = present.clientId === client.id ? OTHER.secret : client.secret) => {
    present = { clientId: present.clientId === client.id ? OTHER.id : client.id, clientSecret };
  };
  /** Has it find that the credentials were rotated. */
  const begin = async () => {
    rotate();
    await clock.advance(RECHECK_MS);
  };
  return {
    ...harness,
    rotate,
    begin,
    /** The server's ends, in the order in which they came. */
    sockets: () => [...sockets],
    open: () => [...sockets].filter(({ open }) => open),
    completed: () => harness.metrics.total('HandoversCompleted') === 1,
    /** Calls back when the next connection has come to a moment, while it is there. */
    atNext: (wanted: Moment, act: (socket: NonNullable<Passage['socket']>) => void) => {
      const before = new Set(sockets);
      const off = genesys.controls.onMoment(({ moment, socket }) => {
        if (moment !== wanted || !socket || before.has(socket)) return;
        off();
        act(socket);
      });
    },
    isLive: () => isLive(session.state),
  };
}

export type HandoverHarness = Awaited<ReturnType<typeof createHandover>>;

/** The bodies of each conversation, in order, each change once, as they were written to whichever connection. */
export function written({ record }: Pick<MockGenesys, 'record'>): Record<string, string[]> {
  const changes = new Map<number, { conversation: string; body: string }>();
  for (const { change, conversationId = '', text } of record)
    if (!changes.has(change)) changes.set(change, { conversation: conversationId, body: bodyOf(text) });
  return byConversation([...changes].sort(([a], [b]) => a - b).map(([, entry]) => entry));
}

/** What came out as news, in the same form. */
export function published({ news }: Pick<HandoverHarness, 'news'>): Record<string, string[]> {
  return byConversation(
    news.map(({ eventBody, bodyText }) => ({
      conversation: z.object({ id: z.string() }).parse(eventBody).id,
      body: bodyText,
    })),
  );
}

/** Waits until as many changes have come out as were written. */
export async function allArrived(harness: HandoverHarness): Promise<void> {
  const expected = Object.values(written(harness.mock)).flat().length;
  await until(() => harness.news.length >= expected);
  await harness.settle();
}

function bodyOf(text: string): string {
  const start = text.indexOf('"data":');
  if (text.startsWith('{"type":"event"')) return text.slice(start + '"data":'.length, -1);
  const frame = parseFrame(text);
  if (frame.kind !== 'notification') throw new Error(`this is no notification: ${text}`);
  return frame.bodyText;
}

function byConversation(entries: readonly { conversation: string; body: string }[]) {
  const bodies: Record<string, string[]> = {};
  for (const { conversation, body } of entries) {
    bodies[conversation] ??= [];
    bodies[conversation].push(body);
  }
  return bodies;
}
