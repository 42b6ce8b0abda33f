import { describe, expect, it } from 'vitest';
import type { Switches } from '../../../mock/genesys/switches.ts';
import { startMock, TestSocket } from './harness.ts';

/** A mock with a channel and a socket on it. */
async function connect(switches: Partial<Switches> = {}) {
  const started = await startMock({ switches });
  const channel = await started.createChannel();
  const socket = await TestSocket.open(channel.connectUri);
  const [queue] = started.contactCentre.queues;
  return { ...started, channel, socket, topic: `v2.routing.queues.${queue?.id}.conversations` };
}

const HEARTBEAT = '{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}';

describe('an open socket', () => {
  it('sends a heartbeat every 30 seconds, 78 bytes each', async () => {
    const { clock, socket } = await connect();
    await clock.advance(29_999);
    expect(await socket.untilPong()).toEqual([]);
    await clock.advance(1);
    expect(await socket.nextText()).toBe(HEARTBEAT);
    expect(HEARTBEAT).toHaveLength(78);
    await clock.advance(60_000);
    expect(await socket.untilPong()).toEqual([HEARTBEAT, HEARTBEAT]);
  });

  it('answers a ping', async () => {
    const { socket } = await connect();
    socket.send({ message: 'ping' });
    expect(await socket.nextText()).toBe('{"topicName":"channel.metadata","eventBody":{"message":"pong"}}');
  });

  it('answers pings of the protocol', async () => {
    const { socket } = await connect();
    await expect(socket.protocolPing()).resolves.toBeUndefined();
  });

  it('writes a version into heartbeat and pong when the switch says so', async () => {
    const { clock, socket } = await connect({ heartbeatVersion: true });
    await clock.advance(30_000);
    expect(await socket.next()).toMatchObject({ topicName: 'channel.metadata', version: '2' });
  });

  it('subscribes and unsubscribes', async () => {
    const { mock, socket, topic } = await connect();
    socket.send({ message: 'subscribe', topics: [topic], correlationId: 'abc123' });
    expect(await socket.next()).toEqual({ result: '200', status: 'subscribed', correlationId: 'abc123' });
    expect(mock.controls.channels()[0]?.subscriptions).toEqual([topic]);
    socket.send({ message: 'unsubscribe', topics: [topic], correlationId: 'abc124' });
    expect(await socket.next()).toEqual({ result: '200', status: 'unsubscribed', correlationId: 'abc124' });
    expect(mock.controls.channels()[0]?.subscriptions).toEqual([]);
  });

  it('writes results as numbers and echoes no correlation id when the switches say so', async () => {
    const { socket, topic } = await connect({ resultType: 'number', ackCorrelationId: false });
    socket.send({ message: 'subscribe', topics: [topic], correlationId: 'abc123' });
    expect(await socket.next()).toEqual({ result: 200, status: 'subscribed' });
  });

  it.each(['failure', 'error'] as const)('tells a %s when it cannot subscribe', async (failureStatus) => {
    const { socket } = await connect({ failureStatus });
    socket.send({ message: 'subscribe', topics: ['nonsense'], correlationId: 'x' });
    expect(await socket.next()).toEqual({
      result: '400',
      status: failureStatus,
      message: 'The subscription topic is not valid.',
      correlationId: 'x',
    });
  });

  it.each<[Switches['socketSubscribe'], number]>([
    ['adds', 2],
    ['replaces', 1],
  ])('%s to the list when it subscribes', async (socketSubscribe, count) => {
    const { mock, socket, channel, subscribe, topic, contactCentre } = await connect({ socketSubscribe });
    await subscribe(channel.id, [topic]);
    socket.send({ message: 'subscribe', topics: [`v2.users.${contactCentre.agents[0]?.id}.presence`] });
    await socket.next();
    expect(mock.controls.channels()[0]?.subscriptions).toHaveLength(count);
  });

  it('unsubscribes by another word when the switch says so', async () => {
    const { socket } = await connect({ unsubscribeWord: 'unsubscribed' });
    socket.send({ message: 'unsubscribe', topics: [] });
    expect(await socket.next()).toMatchObject({ result: '400', message: 'Unknown message unsubscribe' });
    socket.send({ message: 'unsubscribed', topics: [] });
    expect(await socket.next()).toMatchObject({ result: '200', status: 'unsubscribed' });
  });

  it.each(['{', '[]', '"ping"', '{"message":5}'])('refuses %s and stays open', async (text) => {
    const { socket } = await connect();
    socket.send(text);
    expect(await socket.next()).toMatchObject({ result: '400', status: 'failure' });
    expect(await socket.untilPong()).toEqual([]);
  });
});

describe('the end of a socket', () => {
  it('comes when a second one connects to the channel', async () => {
    const { mock, socket, channel } = await connect();
    const second = await TestSocket.open(channel.connectUri);
    expect((await socket.closed).code).toBe(1001);
    expect(await second.untilPong()).toEqual([]);
    expect(mock.controls.channels()).toMatchObject([{ id: channel.id, connected: true }]);
  });

  it.each<[Switches['secondConnectionNotice'], Switches['systemTopicNames'], string]>([
    ['no_longer_subscribed', 'v2.system.', 'v2.system.no_longer_subscribed'],
    ['duplicate_id', '', 'duplicate_id'],
  ])('is announced with %s by a switch', async (secondConnectionNotice, systemTopicNames, topicName) => {
    const { socket, channel } = await connect({
      secondConnectionNotice,
      systemTopicNames,
      secondConnectionCloseCode: 4000,
    });
    await TestSocket.open(channel.connectUri);
    expect(await socket.next()).toMatchObject({
      topicName,
      eventBody: { reason: 'another_channel_subscribed' },
    });
    expect((await socket.closed).code).toBe(4000);
  });

  it('is announced a minute before maintenance', async () => {
    const { mock, clock, socket, channel } = await connect();
    expect(mock.controls.announceClosing()).toBe(1);
    expect(await socket.next()).toMatchObject({
      topicName: 'v2.system.socket_closing',
      eventBody: { channelId: channel.id, message: expect.any(String) },
    });
    await clock.advance(59_999);
    await socket.untilPong();
    await clock.advance(1);
    expect((await socket.closed).code).toBe(1001);
  });

  it('has the code and the words that the switches say', async () => {
    const { mock, clock, socket, channel } = await connect({
      maintenanceCloseCode: 1012,
      deadChannel: 'message',
      deadChannelMessage: 'The channel has expired or was replaced',
    });
    mock.controls.announceClosing(1000);
    await socket.next();
    mock.controls.evict(channel.id);
    expect(await socket.next()).toEqual({
      result: '404',
      message: 'The channel has expired or was replaced',
    });
    await clock.advance(1000);
    expect((await socket.closed).code).toBe(1012);
  });

  it('leaves the next connection to the channel alone when maintenance begins', async () => {
    const { mock, clock, socket, channel } = await connect();
    mock.controls.announceClosing();
    const next = await TestSocket.open(channel.connectUri);
    await socket.closed;
    await clock.advance(60_000);
    expect(await next.untilPong()).toHaveLength(2);
  });

  it('comes with its channel, after 24 hours', async () => {
    const { clock, socket } = await connect();
    await clock.advance(24 * 3_600_000 - 1);
    const before = await socket.untilPong();
    expect(new Set(before)).toEqual(new Set([HEARTBEAT]));
    await clock.advance(1);
    expect(await socket.next()).toEqual({ result: '404', message: 'Channel not found' });
    expect((await socket.closed).code).toBe(1001);
  });

  it.each<[Switches['deadChannel'], boolean, boolean]>([
    ['message-and-close', true, true],
    ['message', true, false],
    ['close', false, true],
    ['on-next-message', false, false],
  ])('shows as %s by a switch', async (deadChannel, told, closed) => {
    const { mock, socket, channel } = await connect({ deadChannel, deadChannelCloseCode: 1008 });
    mock.controls.evict(channel.id);
    if (told) expect(await socket.next()).toMatchObject({ result: '404' });
    if (closed) {
      expect((await socket.closed).code).toBe(1008);
      return;
    }
    socket.send({ message: 'ping' });
    expect(await socket.next()).toMatchObject({ result: '404' });
    if (deadChannel === 'on-next-message') expect((await socket.closed).code).toBe(1008);
  });

  it('comes when the token of its channel is revoked, with a system message', async () => {
    const { mock, socket } = await connect();
    mock.controls.endTokens('revoked');
    expect(await socket.next()).toMatchObject({
      topicName: 'v2.system.token_revoked',
      eventBody: { systemTopicType: 'token_revoked', reason: 'user_tokens_revoked' },
    });
    expect(await socket.next()).toMatchObject({ result: '404' });
    await socket.closed;
  });

  it('comes when the token of its channel expires, or not, by a switch', async () => {
    const dying = await connect();
    dying.mock.controls.endTokens('expired');
    expect(await dying.socket.next()).toMatchObject({ result: '404' });

    const living = await connect({ tokenExpiryKillsChannel: false });
    living.mock.controls.endTokens('expired');
    expect(await living.socket.untilPong()).toEqual([]);
  });
});

describe('controls over sockets', () => {
  it('cut the connection with no close frame', async () => {
    const { mock, socket } = await connect();
    expect(mock.controls.drop()).toBe(1);
    expect((await socket.closed).code).toBe(1006);
    expect(mock.controls.drop()).toBe(0);
  });

  it('close it with a code and a reason', async () => {
    const { mock, socket, channel } = await connect();
    mock.controls.close(1012, 'restart', channel.id);
    expect(await socket.closed).toEqual({ code: 1012, reason: 'restart' });
  });

  it('act on the socket of one channel only', async () => {
    const { mock, socket, createChannel } = await connect();
    const other = await createChannel();
    const second = await TestSocket.open(other.connectUri);
    expect(mock.controls.drop(other.id)).toBe(1);
    await second.closed;
    expect(await socket.untilPong()).toEqual([]);
  });

  it('stop the heartbeats and the data apart, and start them again', async () => {
    const { mock, clock, socket } = await connect();
    mock.controls.stall({ heartbeats: true, data: false });
    await clock.advance(30_000);
    expect(await socket.untilPong()).toEqual([]);
    mock.controls.stall({ heartbeats: false, data: true });
    socket.send({ message: 'ping' });
    await socket.protocolPing();
    await clock.advance(30_000);
    expect(await socket.nextText()).toBe(HEARTBEAT);
    mock.controls.resume();
    expect(await socket.untilPong()).toEqual([]);
  });

  it('leave even a closing handshake unanswered, as a half-open connection does', async () => {
    const { mock, socket, channel, createChannel } = await connect();
    const other = await TestSocket.open((await createChannel()).connectUri);
    mock.controls.stall({ heartbeats: true, data: true, reading: true }, channel.id);
    let answered = false;
    const pong = socket.protocolPing().then(() => {
      answered = true;
    });
    // Round trips over another connection: time enough for an answer, if one were to come.
    for (let trip = 0; trip < 5; trip += 1) await other.untilPong();
    expect(answered).toBe(false);
    mock.controls.resume();
    await pong;
  });

  it('send anything', async () => {
    const { mock, socket } = await connect();
    mock.controls.send('{"topicName":');
    mock.controls.send(new TextEncoder().encode('bytes'));
    expect(await socket.nextText()).toBe('{"topicName":');
    expect(await socket.nextText()).toBe('bytes');
  });
});
