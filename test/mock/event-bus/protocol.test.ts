import { EventBridgeClient, ListEventBusesCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { busUnderTest } from './bus-under-test.ts';

const signed =
  'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260105/eu-west-1/events/aws4_request, ' +
  `SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;

const body = '{"Entries":[{"Source":"test","DetailType":"Tested","Detail":"{}"}]}';

function post(url: string, changes: { headers?: Record<string, string>; body?: string } = {}) {
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSEvents.PutEvents',
    authorization: signed,
    ...changes.headers,
  };
  return fetch(url, { method: 'POST', headers, body: changes.body ?? body });
}

describe('the protocol of the local event bus', () => {
  it('is JSON 1.1, with a request id', async () => {
    const { bus } = await busUnderTest();
    const response = await post(bus.url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.json()).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: bus.events[0]?.id }] });
    expect(bus.events[0]?.region).toBe('eu-west-1');
  });

  it.each([
    ['no Authorization header', '', 'MissingAuthenticationToken'],
    ['a bearer token', 'Bearer abc', 'IncompleteSignature'],
    ['a signature for another service', signed.replace('/events/', '/sqs/'), 'IncompleteSignature'],
    ['no signature', signed.slice(0, signed.indexOf(', Signature')), 'IncompleteSignature'],
  ])('refuses a request with %s', async (_what, authorization, code) => {
    const { bus } = await busUnderTest();
    const response = await post(bus.url, { headers: { authorization } });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ __type: code });
    expect(bus.events).toEqual([]);
  });

  it('knows no other operation', async () => {
    const { bus } = await busUnderTest();
    const client = new EventBridgeClient({
      endpoint: bus.url,
      region: 'ap-northeast-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    });
    await expect(client.send(new ListEventBusesCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
    client.destroy();
  });

  it.each([
    ['broken JSON', '{"Entries":['],
    ['nothing', ''],
    ['a number for text', body.replace('"test"', '5')],
    ['text for a timestamp', body.replace('"Source"', '"Time":"2026-01-05T09:00:00Z","Source"')],
    ['a timestamp beyond the year 9999', body.replace('"Source"', '"Time":253402300800,"Source"')],
    ['entries that are no list', '{"Entries":{}}'],
    ['a list for a body', '[]'],
  ])('answers SerializationException to %s', async (_what, wrong) => {
    const { bus } = await busUnderTest();
    const response = await post(bus.url, { body: wrong });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'SerializationException' });
  });

  it('answers 413 with an empty body to a body of more than 8,000,000 bytes', async () => {
    const { bus } = await busUnderTest();
    const padded = (bytes: number) => body.padEnd(bytes);
    expect((await post(bus.url, { body: padded(8_000_000) })).status).toBe(200);
    const response = await post(bus.url, { body: padded(8_000_001) });
    expect([response.status, await response.text()]).toEqual([413, '']);
  });

  it('takes null for a field that is left out', async () => {
    const { bus } = await busUnderTest();
    const response = await post(bus.url, { body: body.replace('"Source"', '"Time":null,"Source"') });
    expect(await response.json()).toMatchObject({ FailedEntryCount: 0 });
  });

  it('answers a health check without a signature', async () => {
    const { bus } = await busUnderTest();
    const response = await fetch(`${bus.url}/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('says so when a listener throws, instead of swallowing it', async () => {
    const { bus } = await busUnderTest();
    bus.onEvent(() => {
      throw new Error('listener broke');
    });
    const response = await post(bus.url);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ __type: 'InternalFailure', message: 'listener broke' });
  });
});
