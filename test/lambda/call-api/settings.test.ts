import { describe, expect, it } from 'vitest';
import { readSettings, SETTINGS, SettingsError } from '../../../lambda/call-api/settings.ts';

const LEAST = {
  API_URL: 'https://api.example.com/events',
  IDEMPOTENCY_TABLE: 'idempotency',
  FAILED_EVENTS_QUEUE_URL: 'https://sqs.ap-northeast-1.amazonaws.com/123456789012/failed',
};

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readSettings({ ...LEAST, ...env });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('the settings of the function', () => {
  it('need URL, table and queue; the rest has the fallbacks that the list names', () => {
    const settings = readSettings(LEAST);
    expect(settings).toEqual({
      api: {
        url: { texts: ['https://api.example.com/events'], expressions: [] },
        method: 'POST',
        body: '@',
        timeoutMs: 10_000,
        attempts: 3,
        conflict: 'retry',
      },
      secret: undefined,
      idempotencyTable: 'idempotency',
      idempotencySeconds: 2_678_400,
      failedEventsQueueUrl: LEAST.FAILED_EVENTS_QUEUE_URL,
      logLevel: 'info',
    });
    const fallbacks = SETTINGS.flatMap((setting) =>
      'fallback' in setting ? [[setting.name, setting.fallback]] : [],
    );
    expect(readSettings({ ...LEAST, ...Object.fromEntries(fallbacks) })).toEqual(settings);
  });

  it('name each required one that is missing', () => {
    const required = SETTINGS.filter((setting) => 'required' in setting);
    expect(() => readSettings({ API_URL: ' ' })).toThrow(
      expect.objectContaining({ problems: required.map(({ name }) => `${name}: missing`) }),
    );
  });

  it('send the key in a header of its own, as told', () => {
    const env = { API_SECRET_ID: 'api', API_SECRET_FIELD: 'key', API_SECRET_HEADER: 'X-Api-Key' };
    expect(readSettings({ ...LEAST, ...env }).secret).toEqual({
      id: 'api',
      field: 'key',
      header: 'X-Api-Key',
      scheme: undefined,
      ttlSeconds: 300,
    });
  });

  it.each([
    [{ API_METHOD: 'GET' }, 'API_METHOD: "GET" is not one of POST, PUT, PATCH'],
    [{ API_ATTEMPTS: '0' }, 'API_ATTEMPTS: "0" is not a whole number from 1 to 10'],
    [{ API_TIMEOUT_SECONDS: '1.5' }, 'API_TIMEOUT_SECONDS: "1.5" is not a whole number from 1 to 60'],
    [{ API_CONFLICT: 'x' }, 'API_CONFLICT: "x" is not one of retry, done'],
    [{ API_SECRET_HEADER: 'X Key' }, 'API_SECRET_HEADER: "X Key" is no name of a header'],
    [
      { API_SECRET_HEADER: 'idempotency-key' },
      'API_SECRET_HEADER: "idempotency-key" is set by the function itself; name another header',
    ],
    [{ API_SECRET_SCHEME: 'two words' }, 'API_SECRET_SCHEME: must be one word'],
    [{ IDEMPOTENCY_DAYS: '-1' }, 'IDEMPOTENCY_DAYS: "-1" is not a whole number from 1 to 3654'],
    [{ FAILED_EVENTS_QUEUE_URL: 'failed' }, 'FAILED_EVENTS_QUEUE_URL: "failed" is no URL of an SQS queue'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL: "loud" is not one of debug, info, warn, error, silent'],
    [{ API_URL: 'api.example.com' }, 'API_URL: is no absolute URL'],
    [{ API_URL: 'http://api.example.com/' }, 'API_URL: must be https:// (http:// only on loopback)'],
    [{ API_URL: 'http://127.0.0.1.example.com/' }, 'API_URL: must be https:// (http:// only on loopback)'],
    [{ API_URL: 'https://user:canary@example.com/' }, 'API_URL: must hold no user name or password'],
    [{ API_URL: 'https://{detail.host}/' }, 'API_URL: may have placeholders in path and query only'],
    [
      { API_URL: 'https://api.example.com{detail.host}/' },
      'API_URL: may have placeholders in path and query only',
    ],
    [{ API_URL: 'https://api.example.com/{detail.id' }, 'API_URL: has a brace without its other half'],
    [{ API_URL: 'https://api.example.com/#{detail.id}' }, 'API_URL: must have no fragment'],
  ])('refuse %j with one clear line', (env, problem) => {
    expect(problemsOf(env)).toEqual([problem]);
  });

  it.each(['detail.[', 'no_such_function(@)', '{id detail.id}'])('refuse the mapping %s', (expression) => {
    expect(problemsOf({ API_BODY: expression })).toEqual([
      expect.stringContaining(`API_BODY: "${expression}" is no JMESPath expression: `),
    ]);
  });

  it('refuse a placeholder that is no expression', () => {
    expect(problemsOf({ API_URL: 'https://api.example.com/{}' })).toHaveLength(1);
    expect(problemsOf({ API_URL: 'https://api.example.com/{a..b}' })[0]).toContain('"a..b" is no JMESPath');
  });

  it('take a function whose argument only a real event has', () => {
    expect(problemsOf({ API_BODY: "join(',', detail.conversation.changes)" })).toEqual([]);
  });

  it('report all problems at once', () => {
    expect(problemsOf({ API_METHOD: 'GET', LOG_LEVEL: 'loud' })).toHaveLength(2);
  });
});
