import { describe, expect, it } from 'vitest';
import { buildRequest } from '../../../lambda/call-api/request.ts';
import { sample, settingsFor } from './harness.ts';

function requestFor(env: Readonly<Record<string, string>>, event = sample(), path = '/events') {
  return buildRequest(settingsFor(`https://api.example.com${path}`, env).api, event, 'event-1');
}

const withId = (id: unknown) => ({ detail: { conversation: { id } } });
const BY_ID = '/conversations/{detail.conversation.id}/events';

describe('an event is mapped to a request', () => {
  it('by one JMESPath expression for the body', () => {
    const body =
      '{id: detail.conversation.id, what: detail.conversation.changes, type: "detail-type", by: \'bridge\'}';
    expect(JSON.parse(requestFor({ API_BODY: body }).body)).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      what: ['queue.left', 'agent.connected'],
      type: 'Conversation Updated',
      by: 'bridge',
    });
  });

  it('by functions, too', () => {
    const body = '{first: detail.conversation.queueIds[0], count: length(detail.conversation.participants)}';
    expect(JSON.parse(requestFor({ API_BODY: body }).body)).toEqual({ first: expect.any(String), count: 4 });
  });

  it('with null for what the event does not have', () => {
    expect(requestFor({ API_BODY: '{a: detail.nothing}' }).body).toBe('{"a":null}');
  });

  it('not at all when the body as a whole is nothing', () => {
    expect(() => requestFor({ API_BODY: 'detail.nothing' })).toThrow(
      expect.objectContaining({ code: 'UnmappableEvent', permanent: true }),
    );
  });

  it('not at all when an expression can’t be worked out with this event', () => {
    expect(() => requestFor({ API_BODY: 'length(detail.nothing)' })).toThrow(
      expect.objectContaining({ code: 'UnmappableEvent' }),
    );
  });

  it.each([
    ['a/b?c#d e', 'a%2Fb%3Fc%23d%20e'],
    ['%2e%2e', '%252e%252e'],
    [7, '7'],
    [false, 'false'],
  ])('with %j escaped in the URL', (id, escaped) => {
    expect(requestFor({}, withId(id), BY_ID).url).toBe(
      `https://api.example.com/conversations/${escaped}/events`,
    );
  });

  it.each([undefined, null, '', '.', '..', ['a'], { a: 1 }, '\uD800'])(
    'not at all when the URL asks for a value that is %j',
    (id) => {
      expect(() => requestFor({}, withId(id), BY_ID)).toThrow(
        expect.objectContaining({ code: 'UnmappableEvent' }),
      );
    },
  );
});
