import { describe, expect, it } from 'vitest';
import { decodeChannelFrame } from '../../../../listener/genesys/channels/messages.ts';

const decode = (data: string | Buffer) => decodeChannelFrame({ data, receivedAt: 0, receivedAtMs: 0 });
const decodeJson = (message: unknown) => decode(JSON.stringify(message));
const metadata = (message: string) => decodeJson({ topicName: 'channel.metadata', eventBody: { message } });

describe('channel.metadata', () => {
  it.each(['WebSocket Heartbeat', 'websocket heartbeat', 'WEBSOCKET HEARTBEAT'])(
    '"%s" is a heartbeat',
    (text) => {
      expect(metadata(text)).toEqual({ kind: 'heartbeat' });
    },
  );

  it.each(['pong', 'Pong'])('"%s" is the answer to a ping', (text) => {
    expect(metadata(text)).toEqual({ kind: 'pong' });
  });

  it('may carry a version', () => {
    const message = { topicName: 'channel.metadata', version: '2', eventBody: { message: 'pong' } };
    expect(decodeJson(message)).toEqual({ kind: 'pong' });
  });

  it.each([{}, { topicName: 'x' }, { eventBody: null }, { eventBody: { message: 7 } }])(
    'with anything else (%j) needs no reaction',
    (rest) => {
      expect(decodeJson({ topicName: 'channel.metadata', ...rest }).kind).not.toBe('refused');
    },
  );
});

describe('system messages', () => {
  it.each([
    { topicName: 'v2.system.socket_closing', reason: 'server-closing' },
    { topicName: 'v2.system.no_longer_subscribed', reason: 'channel-taken' },
    { topicName: 'no_longer_subscribed', reason: 'channel-taken' },
    { topicName: 'v2.system.duplicate_id', reason: 'channel-taken' },
    { topicName: 'duplicate_id', reason: 'channel-taken' },
    { topicName: 'v2.system.token_revoked', reason: 'token-revoked' },
    { topicName: 'token_revoked', reason: 'token-revoked' },
    { topicName: 'V2.SYSTEM.TOKEN_REVOKED', reason: 'token-revoked' },
  ])('$topicName ends the connection: $reason', ({ topicName, reason }) => {
    const body = { reason: 'user_tokens_revoked', message: 'Sorry', channelId: 'streaming-secret' };
    const message = decodeJson({ topicName, version: '2', eventBody: body });
    expect(message).toEqual({
      kind: 'ending',
      ending: { reason, detail: `${topicName}: user_tokens_revoked: Sorry` },
    });
  });

  it('are known by their type, too', () => {
    const eventBody = { systemTopicType: 'TOKEN_REVOKED' };
    expect(decodeJson({ topicName: 'v2.system.message', eventBody })).toMatchObject({
      kind: 'ending',
      ending: { reason: 'token-revoked' },
    });
  });

  it('need no body', () => {
    expect(decodeJson({ topicName: 'v2.system.socket_closing' })).toMatchObject({ kind: 'ending' });
  });

  it('about expiring subscriptions ask for them to be put again', () => {
    expect(decodeJson({ topicName: 'streaming-subscriptions-expiring', eventBody: {} })).toEqual({
      kind: 'resubscribe',
      detail: 'streaming-subscriptions-expiring',
    });
  });

  it.each([
    { topicName: 'v2.system.something', eventBody: {} },
    { topicName: 'subscription_changed', eventBody: { systemTopicType: 'subscription_changed' } },
  ])('that are unknown ($topicName) stay inside: they name the channel', (message) => {
    expect(decodeJson(message).kind).toBe('ignored');
  });

  it('are not imitated by what a notification says', () => {
    const eventBody = { id: 'x', systemTopicType: 'token_revoked', message: 'socket_closing' };
    const topicName = 'v2.users.token_revoked.conversations';
    expect(decodeJson({ topicName, eventBody }).kind).toBe('notification');
  });
});

describe('acknowledgements', () => {
  it.each(['200', 200, '202'])('with result %j need no reaction', (result) => {
    expect(decodeJson({ result, status: 'subscribed', correlationId: 'a' })).toEqual({
      kind: 'acknowledged',
    });
  });

  it.each([
    { result: '404', message: 'Channel not found' },
    { result: 404, message: 'The channel has expired or was replaced' },
  ])('with result $result say that the channel is gone', ({ result, message }) => {
    expect(decodeJson({ result, message })).toEqual({
      kind: 'ending',
      ending: { reason: 'channel-gone', detail: `result 404: ${message}` },
    });
  });

  it.each([
    { result: '400', status: 'failure' },
    { result: 400, status: 'error' },
    { result: 500, status: 'error' },
  ])('with result $result ($status) are refused with their words', ({ result, status }) => {
    expect(decodeJson({ result, status, message: 'no such topic' })).toEqual({
      kind: 'refused',
      code: 'SubscriptionFailure',
      detail: `result ${result} (${status}): no such topic`,
    });
  });

  it.each([{}, { result: 'many' }, { result: null }, { result: {} }, { hello: 'world' }])(
    'that are none (%j) are refused as unknown',
    (message) => {
      expect(decodeJson(message)).toMatchObject({ kind: 'refused', code: 'UnknownMessage' });
    },
  );
});

describe('everything else', () => {
  it('that has a topic is a notification, the frame untouched', () => {
    const text = '{ "topicName":"v2.users.u.presence", "eventBody" : {"id":"é\\u00e9"} }';
    expect(decode(text)).toMatchObject({
      kind: 'notification',
      notification: { text, topicName: 'v2.users.u.presence', bodyText: '{"id":"é\\u00e9"}' },
    });
  });

  it('looks at the topic before the result', () => {
    expect(decodeJson({ topicName: 'v2.users.u.presence', result: '404', eventBody: {} }).kind).toBe(
      'notification',
    );
  });

  it('that is binary is refused', () => {
    expect(decode(Buffer.from('{"topicName":"x"}'))).toEqual({
      kind: 'refused',
      code: 'BinaryFrame',
      detail: 'a binary frame of 17 bytes',
    });
  });

  it.each([
    { text: '{', code: 'MalformedFrame' },
    { text: '', code: 'MalformedFrame' },
    { text: '[]', code: 'NotAnObject' },
    { text: '{"topicName":"v2.x","__proto__":{}}', code: 'ForbiddenKey' },
    { text: '{"topicName":""}', code: 'MalformedTopic' },
  ])('like $text is refused as $code', ({ text, code }) => {
    expect(decode(text)).toMatchObject({ kind: 'refused', code });
  });
});
