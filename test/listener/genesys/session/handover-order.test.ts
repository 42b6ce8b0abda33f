import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeChannelFrame } from '../../../../listener/genesys/channels/messages.ts';
import type { Connection, ConnectionListener } from '../../../../listener/genesys/session/dialect.ts';
import { Session } from '../../../../listener/genesys/session/session.ts';
import { Subscriptions } from '../../../../listener/genesys/session/subscriptions.ts';
import { until } from '../../../until.ts';
import { startOrganisation } from '../organisation.ts';

const CLOSING = '{"topicName":"v2.system.socket_closing","eventBody":{}}';
const PONG = '{"topicName":"channel.metadata","eventBody":{"message":"pong"}}';

/** A connection of which the test says what comes and when. */
interface Scripted {
  readonly listener: ConnectionListener;
  pings: number;
  /** Set while it is being closed; ends that. */
  closed: (() => void) | undefined;
}

/** A session whose connections are scripted; `handed` has what it handed on. */
async function createScripted(options: { readonly refusing?: string } = {}) {
  const { tokens, clock, logger, metrics, lines, elapseUntil } = await startOrganisation();
  const connections: Scripted[] = [];
  const handed: string[] = [];
  const parked: string[] = [];
  const connect = (listener: ConnectionListener): Connection => {
    const scripted: Scripted = { listener, pings: 0, closed: undefined };
    connections.push(scripted);
    return {
      subscribe: async (topics) => ({ subscribed: topics.length, rejected: [] }),
      ping: () => {
        scripted.pings++;
      },
      close: () =>
        new Promise((resolve) => {
          scripted.closed = resolve;
        }),
      pause: () => undefined,
      resume: () => undefined,
      terminate: () => undefined,
      expiresAtMs: undefined,
      label: 'scripted',
    };
  };
  const session = new Session({
    dialect: {
      name: 'channels',
      liveness: { askAfterMs: 33_000, deadAfterMs: 40_000 },
      leastTokenLifeMs: 0,
      decode: decodeChannelFrame,
      connect: async (_request, listener) => connect(listener),
    },
    tokens,
    subscriptions: new Subscriptions({
      resolver: { mayChange: false, resolve: async () => ({ topics: ['v2.a.conversations'], problems: [] }) },
      refreshMs: 1,
      mostTopics: 1,
      clock,
      logger,
      metrics,
    }),
    listener: {
      notification: ({ bodyText }) => {
        if (bodyText === options.refusing) throw new Error('a defect');
        handed.push(bodyText);
      },
      refused: (frame) => parked.push(String(frame.data)),
      stateChanged: () => undefined,
    },
    clock,
    logger,
    metrics,
    backoff: { baseMs: 1000, capMs: 60_000, random: () => 0.5 },
  });
  const receive = (connection: Scripted | undefined, data: string) =>
    connection?.listener.frame({ data, receivedAt: clock.now(), receivedAtMs: clock.monotonic() });
  const notify = (connection: Scripted | undefined, body: number) =>
    receive(connection, `{"topicName":"v2.a.conversations","eventBody":${body}}`);
  /** Both connections are there, and the new one has not yet been pinged back. */
  const meeting = async () => {
    session.start();
    await until(() => session.state === 'live');
    const [older] = connections;
    receive(older, CLOSING);
    await elapseUntil(() => connections[1]?.pings === 1);
    return { older, newer: connections[1] };
  };
  const stop = async () => {
    const stopped = session.stop();
    for (const { closed } of connections) closed?.();
    await stopped;
  };
  onTestFinished(stop);
  return { session, connections, handed, parked, metrics, clock, lines, receive, notify, meeting, stop };
}

describe('what the new connection keeps back', () => {
  it('is handed on when it has answered, and the old one after it', async () => {
    const { meeting, notify, receive, handed, metrics } = await createScripted();
    const { older, newer } = await meeting();
    notify(newer, 2);
    receive(newer, PONG);
    await until(() => older?.pings === 1);
    notify(newer, 3);
    notify(older, 1);
    notify(older, 2);
    expect(handed).toEqual(['1', '2']);
    receive(older, PONG);
    await until(() => metrics.total('HandoversCompleted') === 1);
    expect(handed).toEqual(['1', '2', '2', '3']);
    // It is being closed, and still brings what was on its way.
    notify(older, 3);
    expect(handed).toEqual(['1', '2', '2', '3', '3']);
  });

  it('is handed on behind what the old one still brings when the session is stopped', async () => {
    const { meeting, notify, handed, session, connections } = await createScripted();
    const { older, newer } = await meeting();
    notify(newer, 2);
    const stopped = session.stop();
    await until(() => connections.every(({ closed }) => closed !== undefined));
    notify(older, 1);
    notify(newer, 3);
    expect(handed).toEqual(['1']);
    for (const { closed } of connections) closed?.();
    await stopped;
    expect(handed).toEqual(['1', '2', '3']);
  });

  it('is handed on, one by one, though one of them trips over a defect', async () => {
    const { meeting, notify, receive, handed, parked, metrics, lines } = await createScripted({
      refusing: '2',
    });
    const { older, newer } = await meeting();
    for (const body of [1, 2, 3]) notify(newer, body);
    receive(newer, PONG);
    await until(() => older?.pings === 1);
    receive(older, PONG);
    await until(() => metrics.total('HandoversCompleted') === 1);
    expect(handed).toEqual(['1', '3']);
    expect(parked).toHaveLength(1);
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(metrics.total('InternalErrors')).toBe(1);
  });

  it.each([
    { what: 'is forgotten when the old one has answered', answers: true, expected: ['1'] },
    { what: 'is handed on when the old one dies first', answers: false, expected: ['1', '2'] },
  ])('and then fails, $what', async ({ answers, expected }) => {
    const { meeting, notify, receive, handed, session } = await createScripted();
    const { older, newer } = await meeting();
    notify(newer, 2);
    newer?.listener.ended({ reason: 'socket-closed', detail: 'a test' });
    expect(session.state).toBe('live');
    notify(older, 1);
    expect(handed).toEqual(['1']);
    if (answers) receive(older, PONG);
    await new Promise((resolve) => setImmediate(resolve));
    older?.listener.ended({ reason: 'socket-closed', detail: 'a test' });
    expect(handed).toEqual(expected);
  });
});

describe('stopping', () => {
  it('waits for a connection that was replaced and is not closed yet', async () => {
    const { meeting, notify, receive, handed, metrics, session } = await createScripted();
    const { older, newer } = await meeting();
    receive(newer, PONG);
    await until(() => older?.pings === 1);
    receive(older, PONG);
    await until(() => metrics.total('HandoversCompleted') === 1);
    let isStopped = false;
    const stopped = session.stop().then(() => {
      isStopped = true;
    });
    await until(() => newer?.closed !== undefined);
    newer?.closed?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isStopped).toBe(false);
    notify(older, 1);
    older?.closed?.();
    await stopped;
    expect(handed).toEqual(['1']);
  });
});
