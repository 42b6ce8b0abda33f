import { describe, expect, it } from 'vitest';
import { parseFrame } from '../../../listener/contract/frame.ts';
import { notification } from './fixtures.ts';

describe('parseFrame', () => {
  it('reads topic and body, and keeps the bytes of the body', () => {
    const frame = notification(
      '{ "topicName":"v2.x", "eventBody": {"a" : 1.0, "b":"\\u00e9"} , "version":"2" }',
    );
    expect(frame.topicName).toBe('v2.x');
    expect(frame.eventBody).toEqual({ a: 1, b: 'é' });
    expect(frame.bodyText).toBe('{"a" : 1.0, "b":"\\u00e9"}');
    expect(frame.rewrite).toBeUndefined();
  });

  it('takes the last of two bodies, as JSON.parse does, and says that the frame needs rewriting', () => {
    const frame = notification('{"topicName":"t","eventBody":{"a":1},"eventBody":{"a":2}}');
    expect(frame.eventBody).toEqual({ a: 2 });
    expect(frame.bodyText).toBe('{"a":2}');
    expect(frame.rewrite).toHaveLength(3);
  });

  it('has an empty body text when the frame has no body', () => {
    expect(notification('{"topicName":"v2.system.socket_closing"}').bodyText).toBe('');
  });

  it('passes an object without a topic on, because acknowledgements have none', () => {
    const frame = parseFrame('{"result":"200","status":"subscribed"}');
    expect(frame).toMatchObject({ kind: 'untitled', value: { result: '200', status: 'subscribed' } });
  });

  it.each([
    ['{"topicName":"t",', 'MalformedFrame'],
    ['', 'MalformedFrame'],
    ['\uFEFF{"topicName":"t"}', 'MalformedFrame'],
    ['[1]', 'NotAnObject'],
    ['null', 'NotAnObject'],
    ['"text"', 'NotAnObject'],
    ['{"topicName":7}', 'MalformedTopic'],
    ['{"topicName":""}', 'MalformedTopic'],
    ['{"topicName":"t","__proto__":{"polluted":1}}', 'ForbiddenKey'],
    ['{"topicName":"t","eventBody":{"a":[{"__proto__":{"polluted":1}}]}}', 'ForbiddenKey'],
    ['{"topicName":"t","eventBody":{"\\u005f_proto__":{"polluted":1}}}', 'ForbiddenKey'],
    ['{"topicName":"t","eventBody":{"constructor":{"prototype":{"polluted":1}}}}', 'ForbiddenKey'],
  ])('refuses %s as %s', (text, code) => {
    expect(parseFrame(text)).toMatchObject({ kind: 'refused', code });
    expect({}).not.toHaveProperty('polluted');
  });

  it('lets a string through that only mentions __proto__', () => {
    expect(notification('{"topicName":"t","eventBody":{"text":"\\"__proto__\\":1"}}').eventBody).toEqual({
      text: '"__proto__":1',
    });
  });

  it('does not quote the frame when it refuses it', () => {
    const refused = parseFrame('{"topicName":"t","eventBody":{"name":"Jane Customer"},}');
    expect(JSON.stringify(refused)).not.toContain('Jane');
  });

  it('survives text that is nested very deeply', () => {
    const depth = 100_000;
    const text = `{"topicName":"t","eventBody":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(notification(text).bodyText).toHaveLength(2 * depth);
  });
});
