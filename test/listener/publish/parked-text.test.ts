import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ParkedTextError,
  parkedLine,
  parkedMessage,
  parkedReference,
  readParked,
} from '../../../listener/publish/parked-text.ts';
import type { ParkedEvent, ParkedFrame } from '../../../listener/publish/parking.ts';

const HEAD = {
  parkedAt: '2026-01-05T09:00:00.000Z',
  reason: { code: 'InternalFailure', message: 'no "answer"', attempts: 8 },
};
/** Odd in every way in which JSON may be: spaces, escapes, numbers that no number holds, a key twice. */
const DETAIL =
  '{ "a" : 1.0e2,"id":12345678901234567890, "a":"\\u00e9}\\"]" ,"detail":{"item":"}"},"bridge":{"sequence":"1"} }';
const EVENT: ParkedEvent = {
  kind: 'event',
  eventId: 'e',
  orderingKey: 'k',
  source: 'conversation-bridge',
  detailType: 'Conversation Updated',
  time: '2026-01-05T09:00:00.250Z',
  detail: DETAIL,
};
const FRAME: ParkedFrame = { kind: 'frame', receivedAt: HEAD.parkedAt, encoding: 'utf8', body: '{"x":' };
const PAYLOAD = { ref: 's3://bucket/payloads/e.json', body: '{"b":"日本"}' };

describe('the message of an event', () => {
  it('has exactly the members that a Pipe maps, with the detail as an object', () => {
    const message = JSON.parse(parkedMessage({ ...HEAD, item: EVENT }));
    const { detail, ...rest } = EVENT;
    expect(message).toEqual({ formatVersion: 1, ...HEAD, item: { ...rest, detail: JSON.parse(detail) } });
    expect(Object.keys(message.item)).toEqual([
      'kind',
      'eventId',
      'orderingKey',
      'source',
      'detailType',
      'time',
      'detail',
    ]);
  });

  it('keeps every byte of the detail, there and back', () => {
    const message = parkedMessage({ ...HEAD, item: EVENT });
    expect(message).toContain(`"detail":${DETAIL}}}`);
    expect(readParked(message)).toEqual({ ...HEAD, item: EVENT });
  });

  it('holds none of the characters that SQS refuses', () => {
    const item = { ...EVENT, detail: '{"a":"\u2028\ufffe\uffff\u007f"}' };
    const message = parkedMessage({ ...HEAD, item });
    // From the SQS API reference; a character beyond U+FFFF is two of these.
    expect(message).toMatch(/^[\t\n\r\u0020-\ufffd]*$/u);
    expect(JSON.parse(message).item.detail).toEqual(JSON.parse(item.detail));
  });

  it('has a detail that is no JSON object as a string', () => {
    for (const detail of ['no JSON', '[1]', '"text"', '7', 'null', '']) {
      const message = parkedMessage({ ...HEAD, item: { ...EVENT, detail } });
      expect(JSON.parse(message).item.detail).toBe(detail);
      expect(readParked(message)).toEqual({ ...HEAD, item: { ...EVENT, detail } });
    }
  });

  it('comes back as it was, whatever the detail', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (value, space) => {
        const detail = JSON.stringify(value, null, space);
        expect(readParked(parkedMessage({ ...HEAD, item: { ...EVENT, detail } }))).toEqual({
          ...HEAD,
          item: { ...EVENT, detail },
        });
      }),
    );
  });
});

describe('what was parked', () => {
  it.each([
    ['an event', EVENT],
    ['an event with its payload', { ...EVENT, payload: PAYLOAD }],
    ['a frame', FRAME],
  ])('is read from a line and from a message: %s', (_name, item) => {
    expect(readParked(parkedLine({ ...HEAD, item }))).toEqual({ ...HEAD, item });
    expect(readParked(parkedMessage({ ...HEAD, item }))).toEqual({ ...HEAD, item });
  });

  it('is read from lines of before there was a version', () => {
    expect(readParked(JSON.stringify({ ...HEAD, item: EVENT }))).toEqual({ ...HEAD, item: EVENT });
  });

  it('has the last of two members of one name, as JSON.parse has', () => {
    const message = parkedMessage({ ...HEAD, item: EVENT }).replace(
      '"detail":',
      '"detail":{"first":1},"detail":',
    );
    expect(readParked(message)).toEqual({ ...HEAD, item: EVENT });
  });

  it('may be elsewhere', () => {
    expect(readParked(parkedReference({ ...HEAD, itemRef: PAYLOAD.ref }))).toMatchObject({
      itemRef: PAYLOAD.ref,
    });
  });

  it.each([
    ['torn', '{"parkedAt":"2026-'],
    ["somebody else's", '{"a":1}'],
    ['no object', '7'],
    ['without a kind', JSON.stringify({ ...HEAD, item: { ...EVENT, kind: 'thing' } })],
    ['with a time that is none', JSON.stringify({ ...HEAD, item: { ...EVENT, time: 'yesterday' } })],
  ])('is refused when it is %s', (_name, text) => {
    expect(() => readParked(text)).toThrow(ParkedTextError);
  });

  it('of a later version is refused by its number', () => {
    expect(() => readParked(JSON.stringify({ formatVersion: 2, ...HEAD, item: EVENT }))).toThrow('format 2');
  });
});
