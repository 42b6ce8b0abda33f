import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { restGate, UnexpectedAnswerError } from '../../../listener/genesys/api.ts';
import { startOrganisation } from './organisation.ts';

describe('a channel', () => {
  it('is made with its id, address and end', async () => {
    const { api, clock, mock } = await startOrganisation();
    const channel = await api.createChannel();
    expect(mock.controls.channels().map(({ id }) => id)).toEqual([channel.id]);
    expect(channel.connectUri).toContain(channel.id);
    expect(Date.parse(channel.expires ?? '')).toBe(clock.now() + 24 * 60 * 60_000);
  });

  it('gets its subscriptions replaced, the refused ones told row by row', async () => {
    const { api, centre, mock } = await startOrganisation();
    const [first, second, third] = centre.queues.map(({ id }) => `v2.routing.queues.${id}.conversations`);
    const { id } = await api.createChannel();
    await api.putSubscriptions(id, [first ?? '', second ?? '']);
    mock.controls.denyDivision(centre.queues[2]?.id ?? '');
    const rows = await api.putSubscriptions(id, [second ?? '', third ?? '', 'v2.nonsense']);
    expect(rows.map((row) => [row.id, row.state])).toEqual([
      [second, 'Permitted'],
      [third, 'Rejected'],
      ['v2.nonsense', 'Rejected'],
    ]);
    expect(mock.controls.channels()[0]?.subscriptions).toEqual([second]);
  });

  it.each([200, 202, 204] as const)('is freed, whatever 2xx the answer is (%i)', async (status) => {
    const { api, centre, mock } = await startOrganisation({
      mock: { switches: { deleteSubscriptionsStatus: status } },
    });
    const { id } = await api.createChannel();
    await api.putSubscriptions(id, [`v2.routing.queues.${centre.queues[0]?.id}.conversations`]);
    await api.deleteSubscriptions(id);
    expect(mock.controls.channels()[0]?.subscriptions).toEqual([]);
  });

  it('whose id would lead elsewhere stays within its path', async () => {
    const { api } = await startOrganisation();
    await expect(api.putSubscriptions('../../users?x', [])).rejects.toMatchObject({ status: 404 });
  });
});

describe('an answer that is none', () => {
  it.each([
    { body: '<html>', says: 'was answered with no JSON' },
    { body: '{}', says: 'unknown shape (id, connectUri; correlation id' },
    { body: '[]', says: 'unknown shape (the body; correlation id' },
    { body: '{"id":"streaming-canary","connectUri":7}', says: 'unknown shape (connectUri; correlation id' },
  ])('($body) is told by its fields, never by what it holds', async ({ body, says }) => {
    const { api, mock } = await startOrganisation();
    mock.controls.failNext('POST', /channels$/, { status: 200, body });
    const error = await api.createChannel().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(String(error)).toContain(`POST /api/v2/notifications/channels was answered with`);
    expect(String(error)).toContain(says);
    expect(String(error)).not.toContain('canary');
  });
});

describe('listing', () => {
  it('ends when the server says how many pages there are, and when it does not', async () => {
    const { api, mock } = await startOrganisation();
    const entities = Array.from({ length: 100 }, (_, n) => ({ id: String(n), name: `Queue ${n}` }));
    mock.controls.failNext('GET', /queues$/, { status: 200, body: { entities } });
    mock.controls.failNext('GET', /queues$/, { status: 200, body: { entities: entities.slice(0, 5) } });
    expect(await api.queues()).toHaveLength(105);
    mock.controls.failNext('GET', /queues$/, { status: 200, body: { entities, pageCount: 1 } });
    expect(await api.queues()).toHaveLength(100);
    // A server that counts wrongly is not asked for ever.
    mock.controls.failNext('GET', /queues$/, { status: 200, body: { entities: [], pageCount: 9 } });
    expect(await api.queues()).toEqual([]);
  });

  it('takes a name as it is, whatever its characters', async () => {
    const { api, centre } = await startOrganisation();
    const queue = centre.addQueue('A & B + 100% #1?');
    expect((await api.queues(queue.name)).map(({ id }) => id)).toEqual([queue.id]);
  });
});

describe('the limit of requests a minute', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets 300 through in any minute and holds the others back', async () => {
    const gate = restGate();
    const passedAt: number[] = [];
    for (let n = 0; n < 650; n++) void gate().then(() => passedAt.push(Date.now()));
    await vi.advanceTimersByTimeAsync(0);
    expect(passedAt).toHaveLength(300);
    await vi.advanceTimersByTimeAsync(140_000);
    expect(passedAt).toHaveLength(650);
    for (const [index, at] of passedAt.entries()) {
      expect(at - (passedAt[index - 300] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(60_000);
    }
  });
});
