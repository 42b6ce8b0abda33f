import { JMESPathError } from '@aws-lambda-powertools/jmespath';
import type { JsonObject } from './event.ts';
import { find } from './expression.ts';
import { Failure } from './failure.ts';
import type { ApiSettings } from './settings.ts';

/** What goes to the API, but for the key. */
export interface ApiRequest {
  readonly method: ApiSettings['method'];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

/**
 * Maps an event to a request.
 * @throws {Failure} `UnmappableEvent` when the event lacks what URL or body ask for
 */
export function buildRequest(api: ApiSettings, event: JsonObject, eventId: string): ApiRequest {
  return {
    method: api.method,
    url: fillUrl(api.url, event),
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'conversation-bridge',
      'Idempotency-Key': eventId,
    },
    body: buildBody(api.body, event),
  };
}

function fillUrl({ texts, expressions }: ApiSettings['url'], event: JsonObject): string {
  return texts.reduce((url, text, index) => {
    const expression = expressions[index - 1];
    return expression === undefined ? url + text : url + segment(expression, event) + text;
  }, '');
}

function segment(expression: string, event: JsonObject): string {
  const value = evaluate(expression, event);
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  // An empty or dotted segment would make it another path than the one that was meant.
  if (typeof text !== 'string' || text === '' || text === '.' || text === '..')
    throw new Failure(
      'UnmappableEvent',
      `the URL asks for ${expression}, and the event has no usable value there`,
    );
  try {
    return encodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new Failure(
      'UnmappableEvent',
      `the URL asks for ${expression}, and its value is no well-formed text`,
    );
  }
}

function buildBody(expression: string, event: JsonObject): string {
  const body = evaluate(expression, event);
  if (body === null || body === undefined)
    throw new Failure('UnmappableEvent', `the body asks for ${expression}, and the event has nothing there`);
  return JSON.stringify(body);
}

function evaluate(expression: string, event: JsonObject): unknown {
  try {
    return find(expression, event);
  } catch (error) {
    if (!(error instanceof JMESPathError)) throw error;
    throw new Failure('UnmappableEvent', `${expression} can’t be worked out: ${error.name}`);
  }
}
