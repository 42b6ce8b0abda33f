import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GenesysApi, narrowerGate, restGate } from '../../../listener/genesys/api.ts';
import { queryIntervals } from '../../../listener/genesys/conversation-query.ts';
import { HttpClient } from '../../../listener/genesys/http.ts';
import { UnexpectedAnswerError } from '../../../listener/genesys/unexpected-answer.ts';
import { DEFAULT_CLIENT } from '../../../mock/genesys/server.ts';
import { startOrganisation } from './organisation.ts';

describe('a channel', () => {
  it('is made with its id, address and end', async () => {
    const { api, clock, mock } = await startOrganisation();
    const channel = await api.createChannel();
    expect(mock.controls.channels().map(({ id }) => id)).toEqual([channel.id]);
    expect(channel.connectUri).toContain(channel.id);
    expect(Date.parse(channel.expires ?? '')).toBe(clock.now() + 24 * 60 * 60_000);
  });

  it('is listed with those of the same client, whose ids may be hidden', async () => {
    const { api, mock } = await startOrganisation();
    await mock.controls.occupyChannels(DEFAULT_CLIENT.id, 2);
    const { id } = await api.createChannel();
    const ids = (await api.channels()).map((channel) => channel.id);
    expect(ids).toHaveLength(3);
    expect(ids.filter((each) => each !== undefined)).toEqual([id]);
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

describe('a call that waits for its turn', () => {
  it('goes with the token of then, and not with one that ended meanwhile', async () => {
    const { hosts, tokens, clock, logger, metrics, mock } = await startOrganisation();
    mock.controls.spoilTokens({ lifetimeSeconds: 10 });
    await tokens.token();
    let turn = () => {};
    const gate = () =>
      new Promise<void>((resolve) => {
        turn = resolve;
      });
    const http = new HttpClient({ clock, logger, metrics, gate });
    const waiting = new GenesysApi({ hosts, http, tokens }).channels();
    await clock.advance(11_000);
    turn();
    expect(await waiting).toEqual([]);
  });
});

describe('a conversation', () => {
  it('comes as it was received, also when it has ended', async () => {
    const { api, centre } = await startOrganisation();
    for (let n = 0; n < 300; n++) centre.step();
    for (const ended of [false, true]) {
      const id = centre.beginnings().find(({ endTime }) => (endTime !== undefined) === ended)?.id ?? '';
      const truth = JSON.stringify(centre.truth(id));
      expect(await api.conversation(id)).toEqual({ text: truth, body: JSON.parse(truth) });
    }
  });

  it('that is not there is told from one that is not answered', async () => {
    const { api, centre, mock } = await startOrganisation();
    expect(await api.conversation('00000000-0000-4000-8000-000000000000')).toBeUndefined();
    expect(await api.conversation(`../users/${centre.agents[0]?.id}`)).toBeUndefined();
    mock.controls.deny('conversation:communication:view');
    await expect(api.conversation('x')).rejects.toMatchObject({ status: 403, canRetry: false });
  });

  it.each([
    { body: '{"id":"x","attributes":{"__proto__":1}}', canRetry: false },
    { body: '<html>', canRetry: true },
    { body: '[]', canRetry: true },
  ])('of an answer like $body is refused; to be asked for again: $canRetry', async ({ body, canRetry }) => {
    const { api, mock } = await startOrganisation();
    mock.controls.failNext('GET', /conversations/, { status: 200, body });
    await expect(api.conversation('x')).rejects.toMatchObject({ code: 'UnexpectedAnswer', canRetry });
  });
});

describe('the conversations of a time', () => {
  const take = async (found: AsyncIterable<{ id: string }>, most = Number.POSITIVE_INFINITY) => {
    const ids: string[] = [];
    for await (const { id } of found) {
      ids.push(id);
      if (ids.length >= most) break;
    }
    return ids;
  };

  it('are those of whole days, the newest first, with begin and end', async () => {
    const { api, centre, clock } = await startOrganisation();
    for (let n = 0; n < 100; n++) {
      centre.step();
      await clock.advance(100);
    }
    await clock.advance(60_000);
    const noon = clock.now();
    const found = [];
    for await (const each of api.conversationsBetween(noon, noon)) found.push(each);
    const expected = centre.beginnings().map(({ id, startTime, endTime }) => ({
      id,
      startedAt: Date.parse(startTime),
      endedAt: endTime === undefined ? undefined : Date.parse(endTime),
    }));
    expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      expected.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
    expect(found.map(({ startedAt }) => startedAt)).toEqual(
      expected.map(({ startedAt }) => startedAt).sort((a, b) => b - a),
    );
  });

  it('come page by page, no further than they are taken, until there are no more', async () => {
    const { api, clock, mock } = await startOrganisation();
    const pageOf = (first: number, length: number) =>
      Array.from({ length }, (_, n) => ({ conversationId: `c${first + n}` }));
    const answer = (conversations: object[], totalHits?: number) =>
      mock.controls.failNext('POST', /details\/query$/, { status: 200, body: { conversations, totalHits } });
    const now = clock.now();
    answer(pageOf(0, 100), 150);
    answer(pageOf(100, 50), 150);
    expect(await take(api.conversationsBetween(now, now))).toHaveLength(150);
    answer(pageOf(0, 100));
    answer(pageOf(100, 7));
    expect(await take(api.conversationsBetween(now, now))).toHaveLength(107);
    const takeBack = [answer(pageOf(0, 100), 500), answer(pageOf(100, 100), 500)];
    expect(await take(api.conversationsBetween(now, now), 100)).toHaveLength(100);
    takeBack[0]?.();
    expect(await take(api.conversationsBetween(now, now), 1)).toEqual(['c100']);
  });

  it('of more than a month are asked for month by month, each within what a query may ask for', () => {
    const day = 24 * 60 * 60_000;
    const from = Date.parse('2026-01-05T09:00:00.000Z');
    const intervals = (until: number) =>
      [...queryIntervals(from, until)].map((each) =>
        [each.start, each.end].map((ms) => new Date(ms).toISOString()).join('/'),
      );
    expect(intervals(from)).toEqual(['2026-01-05T00:00:00.000Z/2026-01-06T00:00:00.000Z']);
    expect(intervals(from + 70 * day)).toEqual([
      '2026-02-15T00:00:00.000Z/2026-03-17T00:00:00.000Z',
      '2026-01-16T00:00:00.000Z/2026-02-15T00:00:00.000Z',
      '2026-01-05T00:00:00.000Z/2026-01-16T00:00:00.000Z',
    ]);
  });
});

describe('a narrower gate', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('lets less through, and all of it by the shared one', async () => {
    let shared = 0;
    let passed = 0;
    const gate = narrowerGate(async () => {
      shared++;
    }, 3);
    for (let n = 0; n < 5; n++) void gate().then(() => passed++);
    await vi.advanceTimersByTimeAsync(0);
    expect([passed, shared]).toEqual([3, 3]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect([passed, shared]).toEqual([5, 5]);
  });
});
