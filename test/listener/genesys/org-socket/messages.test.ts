import { describe, expect, it } from 'vitest';
import {
  decodeOrgSocketFrame,
  nameOfFrame,
  readAnswer,
} from '../../../../listener/genesys/org-socket/messages.ts';

const frameOf = (data: string | Buffer) => ({ data, receivedAt: 0, receivedAtMs: 0 });
const decode = (data: string | Buffer) => decodeOrgSocketFrame(frameOf(data));

describe('decodeOrgSocketFrame', () => {
  it('hands events on', () => {
    const text =
      '{"type":"event","event_type":"conversation:conversation:updated","id":"s","data":{"id":"c"}}';
    expect(decode(text)).toMatchObject({
      kind: 'notification',
      notification: { topicName: 'v2.conversations', eventBody: { id: 'c' } },
    });
  });

  it.each([
    '{"type":"auth-success","scopes":["view:conversation"]}',
    '{"type":"AUTH_SUCCESS"}',
    '{"type":"confirmation","id":"s"}',
    '{"type":"subscribe-success"}',
  ])('takes %s for an acknowledgement', (text) => {
    expect(decode(text)).toEqual({ kind: 'acknowledged' });
  });

  it.each(['heartbeat', 'ping', 'pong'])('takes a message of the type %s for a sign of life', (type) => {
    expect(decode(JSON.stringify({ type }))).toEqual({ kind: 'heartbeat' });
  });

  it.each([
    ['{"type":"error","code":"x.y","message":"out of order"}', 'server-error', 'x.y: out of order'],
    ['{"type":"error","code":500,"error":"broken"}', 'server-error', '500: broken'],
    ['{"type":"error"}', 'server-error', 'an error that says no more'],
    ['{"type":"error","message":{"no":"text"}}', 'server-error', 'an error that says no more'],
    ['{"type":"error","message":"The token was revoked"}', 'token-revoked', 'The token was revoked'],
  ])('takes %s for the end: %s', (text, reason, detail) => {
    expect(decode(text)).toEqual({ kind: 'ending', ending: { reason, detail } });
  });

  it.each([
    ['{"type":"news"}', 'UnknownMessage'],
    ['{"type":7}', 'UnknownMessage'],
    ['{}', 'UnknownMessage'],
    ['pong', 'MalformedFrame'],
    ['{"type":"event","data":{}}', 'MalformedTopic'],
  ])('refuses %s as %s, so that it is parked', (text, code) => {
    expect(decode(text)).toMatchObject({ kind: 'refused', code });
  });

  it('refuses binary frames', () => {
    expect(decode(Buffer.from('{}'))).toMatchObject({ kind: 'refused', code: 'BinaryFrame' });
  });
});

describe('readAnswer', () => {
  it.each([
    ['{"type":"auth-success","scopes":["a","b"]}', ['a', 'b']],
    ['{"type":"auth-success","scope":"a b"}', ['a', 'b']],
    ['{"type":"auth-success","scopes":"a, b"}', ['a', 'b']],
    ['{"type":"auth-success","data":{"scope":"a b"}}', ['a', 'b']],
    ['{"type":"auth-success","scopes":[]}', []],
    ['{"type":"auth-success","scopes":{"odd":1}}', undefined],
    ['{"type":"auth-success"}', undefined],
  ])('finds the scopes in %s', (text, scopes) => {
    expect(readAnswer(frameOf(text))).toEqual({ kind: 'authenticated', scopes });
  });

  it('finds what a confirmation confirms', () => {
    const text = '{"type":"confirmation","id":"s","filter":{"eventTypes":["a:b:c"]}}';
    expect(readAnswer(frameOf(text))).toEqual({ kind: 'subscribed', eventTypes: ['a:b:c'] });
    expect(readAnswer(frameOf('{"type":"subscribe-success"}'))).toEqual({
      kind: 'subscribed',
      eventTypes: undefined,
    });
  });

  it.each(['{"type":"event","event_type":"a:b:c"}', '{"type":"news"}', '{}', 'x', Buffer.from('x')])(
    'is none for %s',
    (data) => {
      expect(readAnswer(frameOf(data))).toBeUndefined();
    },
  );
});

describe('nameOfFrame', () => {
  it.each([
    ['{"type":"confirmation","id":"s"}', 'confirmation'],
    ['{"type":"event","event_type":"a:b:c","data":"Jane"}', 'event'],
    ['{"type":"Jane Customer"}', 'a message of no known type'],
    ['{}', 'a message of no known type'],
    ['Jane', 'a frame that is no message'],
    [Buffer.from('x'), 'a binary frame'],
  ])('calls %s by what the protocol calls it: %s', (data, name) => {
    expect(nameOfFrame(frameOf(data))).toBe(name);
  });
});
