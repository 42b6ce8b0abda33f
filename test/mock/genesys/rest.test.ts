import { describe, expect, it } from 'vitest';
import { ContactCentre } from '../../../mock/contact-centre/contact-centre.ts';
import { ManualClock } from '../../manual-clock.ts';
import { startMock } from './harness.ts';

describe('every API call', () => {
  it('needs a bearer token, and one that is alive', async () => {
    const { request, api } = await startMock();
    const none = await request('GET', '/api/v2/routing/queues');
    const wrong = await api('GET', '/api/v2/routing/queues', undefined, 'made-up');
    expect([none.status, none.body['code']]).toEqual([401, 'authentication.required']);
    expect([wrong.status, wrong.body['code']]).toEqual([401, 'bad.credentials']);
  });

  it('carries a correlation id, which the error body repeats', async () => {
    const { api } = await startMock();
    const good = await api('GET', '/api/v2/routing/queues');
    const bad = await api('GET', '/api/v2/routing/queues/nowhere');
    expect(good.headers.get('inin-correlation-id')).toMatch(/^[\da-f-]{36}$/);
    expect(bad.status).toBe(404);
    expect(bad.body).toEqual({
      message: 'Queue was not found.',
      code: 'not.found',
      status: 404,
      messageParams: {},
      contextId: bad.headers.get('inin-correlation-id'),
      details: [],
      errors: [],
    });
  });

  it('is answered 300 times a minute and token, then told when to come again', async () => {
    const { api, clock, login } = await startMock();
    for (let count = 0; count < 300; count += 1) expect((await api('GET', '/api/v2/users')).status).toBe(200);
    await clock.advance(1000);
    const answer = await api('GET', '/api/v2/users');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '59']);
    expect(answer.body).toEqual({
      message: 'Rate limit exceeded the maximum. Retry the request in [59] seconds',
      code: 'too.many.requests.retry.after',
      status: 429,
    });
    expect((await api('GET', '/api/v2/users', undefined, await login())).status).toBe(200);
    await clock.advance(59_000);
    expect((await api('GET', '/api/v2/users')).status).toBe(200);
  });

  it('is refused with 400 when its body is no JSON or not what is expected', async () => {
    const { request, api, token, createChannel } = await startMock();
    const { id } = await createChannel();
    const path = `/api/v2/notifications/channels/${id}/subscriptions`;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const broken = await request('POST', path, { headers, body: '[{' });
    const strings = await api('POST', path, ['v2.users']);
    expect([broken.status, broken.body['code']]).toEqual([400, 'bad.request']);
    expect([strings.status, strings.body['code']]).toEqual([400, 'bad.request']);
  });

  it('is answered 404 with an error body when there is no such call', async () => {
    const { api } = await startMock();
    const answer = await api('GET', '/api/v2/nothing/here');
    expect([answer.status, answer.body['code']]).toEqual([404, 'not.found']);
  });
});

describe('the directory', () => {
  const many = () => new ContactCentre({ clock: new ManualClock(), queues: 60, agents: 30 });

  it('lists queues by pages of 25, at most 100', async () => {
    const { api, contactCentre } = await startMock({ contactCentre: many() });
    const third = await api('GET', '/api/v2/routing/queues?pageNumber=3');
    expect(third.body).toMatchObject({
      entities: contactCentre.queues.slice(50).map(({ id, name }) => ({ id, name })),
      pageSize: 25,
      pageNumber: 3,
      total: 60,
      pageCount: 3,
      previousUri: '/api/v2/routing/queues?pageSize=25&pageNumber=2',
    });
    expect(third.body['nextUri']).toBeUndefined();
    expect((await api('GET', '/api/v2/routing/queues?pageSize=100')).body['entities']).toHaveLength(60);
    expect((await api('GET', '/api/v2/routing/queues?pageSize=101')).status).toBe(400);
  });

  it('finds queues by name, whatever the case, with * for anything', async () => {
    const { api } = await startMock();
    expect((await api('GET', '/api/v2/routing/queues?name=bill*')).body).toMatchObject({
      entities: [{ name: 'Billing' }],
    });
    expect((await api('GET', '/api/v2/routing/queues?name=SALES')).body).toMatchObject({
      entities: [{ name: 'Sales' }],
    });
    expect((await api('GET', '/api/v2/routing/queues?name=Sale')).body).toMatchObject({
      entities: [],
      total: 0,
    });
  });

  it('knows one queue with its division, and one user', async () => {
    const { api, contactCentre } = await startMock();
    const [queue] = contactCentre.queues;
    const [agent] = contactCentre.agents;
    expect((await api('GET', `/api/v2/routing/queues/${queue?.id}`)).body).toMatchObject({
      id: queue?.id,
      name: 'Support',
      division: { id: queue?.divisionId },
    });
    expect((await api('GET', `/api/v2/users/${agent?.id}`)).body).toMatchObject({ email: agent?.email });
    expect((await api('GET', `/api/v2/users/${queue?.id}`)).status).toBe(404);
    expect((await api('GET', '/api/v2/users?pageSize=3')).body).toMatchObject({ total: 4, pageCount: 2 });
  });

  it('finds users by e-mail address', async () => {
    const { api, contactCentre } = await startMock();
    const [agent] = contactCentre.agents;
    const find = async (type: string, value: string) =>
      (await api('POST', '/api/v2/users/search', { query: [{ type, fields: ['email'], value }] })).body;
    expect(await find('EXACT', agent?.email.toUpperCase() ?? '')).toMatchObject({
      total: 1,
      results: [{ id: agent?.id }],
    });
    expect(await find('EXACT', 'nobody@example.com')).toMatchObject({ total: 0, results: [] });
    expect(await find('CONTAINS', '@example.com')).toMatchObject({ total: 4 });
  });

  it('tells the present state of a conversation', async () => {
    const { api, contactCentre } = await startMock();
    for (let update = 0; update < 50; update += 1) contactCentre.step();
    const [id = ''] = contactCentre.openConversationIds();
    const answer = await api('GET', `/api/v2/conversations/${id}`);
    expect(answer.body).toEqual(JSON.parse(JSON.stringify(contactCentre.truth(id))));
    expect(answer.body).toMatchObject({
      id,
      selfUri: `/api/v2/conversations/${id}`,
      startTime: expect.any(String),
    });
    expect((await api('GET', '/api/v2/conversations/none')).status).toBe(404);
  });
});

describe('failures on demand', () => {
  it('meet the next matching requests, and no others', async () => {
    const { mock, api } = await startMock();
    mock.controls.failNext('GET', /queues$/, { status: 503, headers: { 'retry-after': '7' }, times: 2 });
    expect((await api('GET', '/api/v2/users')).status).toBe(200);
    const answer = await api('GET', '/api/v2/routing/queues?pageSize=5');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7']);
    expect((await api('GET', '/api/v2/routing/queues')).status).toBe(503);
    expect((await api('GET', '/api/v2/routing/queues')).status).toBe(200);
  });

  it('meet the login host too, with a body of choice', async () => {
    const { mock, request } = await startMock();
    mock.controls.failNext('POST', /^\/oauth\/token$/, { status: 500, body: { error: 'server_error' } });
    const answer = await request('POST', '/oauth/token', { body: new URLSearchParams() });
    expect([answer.status, answer.body]).toEqual([500, { error: 'server_error' }]);
  });
});
