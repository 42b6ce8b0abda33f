import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startMock } from './harness.ts';

const QUERY = '/api/v2/analytics/conversations/details/query';
const DAY = '2026-01-05T00:00:00.000Z/2026-01-06T00:00:00.000Z';

const Found = z.object({
  conversations: z
    .array(
      z.object({
        conversationId: z.string(),
        conversationStart: z.string(),
        conversationEnd: z.string().optional(),
      }),
    )
    .optional(),
  totalHits: z.number(),
});

/** A mock with conversations that began at different times. */
async function startBusy(steps = 200, lagMs?: number) {
  const harness = await startMock(lagMs === undefined ? {} : { analyticsLagMs: lagMs });
  const { contactCentre, clock, api } = harness;
  for (let n = 0; n < steps; n++) {
    contactCentre.step();
    await clock.advance(100);
  }
  const query = async (body: object) => Found.parse((await api('POST', QUERY, body)).body);
  return { ...harness, query };
}

describe('the query for conversations', () => {
  it('finds those that began in the interval, ordered by that, page by page', async () => {
    const { query, contactCentre, clock } = await startBusy();
    await clock.advance(30_000);
    const all = contactCentre.beginnings();
    expect(all.length).toBeGreaterThan(10);
    const pages = [];
    for (let pageNumber = 1; pageNumber <= Math.ceil(all.length / 4); pageNumber++)
      pages.push(await query({ interval: DAY, order: 'desc', paging: { pageSize: 4, pageNumber } }));
    const found = pages.flatMap(({ conversations }) => conversations ?? []);
    expect(found.map(({ conversationId }) => conversationId).sort()).toEqual(all.map(({ id }) => id).sort());
    const starts = found.map(({ conversationStart }) => conversationStart);
    expect(starts).toEqual(starts.toSorted().reverse());
    expect(found.filter(({ conversationEnd }) => conversationEnd !== undefined)).toHaveLength(
      all.filter(({ endTime }) => endTime !== undefined).length,
    );
    const first = starts.at(-1) ?? '';
    const others = await query({
      interval: `${new Date(Date.parse(first) + 1).toISOString()}/${DAY.slice(25)}`,
    });
    expect(others.totalHits).toBe(all.filter(({ startTime }) => startTime > first).length);
  });

  it('has no list when it finds nothing', async () => {
    const { query } = await startBusy(0);
    expect(await query({ interval: DAY })).toEqual({ totalHits: 0 });
  });

  it('shows begin and end only after a while', async () => {
    const { query, contactCentre, clock } = await startBusy(1, 5_000);
    await clock.advance(4_800);
    expect((await query({ interval: DAY })).totalHits).toBe(0);
    await clock.advance(100);
    expect((await query({ interval: DAY })).totalHits).toBe(1);
    for (let n = 0; n < 500; n++) contactCentre.step();
    const [{ id } = { id: '' }] = contactCentre.beginnings().filter(({ endTime }) => endTime !== undefined);
    const endOf = async () =>
      (await query({ interval: DAY, paging: { pageSize: 100, pageNumber: 1 } })).conversations?.find(
        ({ conversationId }) => conversationId === id,
      )?.conversationEnd;
    expect(await endOf()).toBeUndefined();
    await clock.advance(5_000);
    expect(await endOf()).toBe(contactCentre.truth(id)?.endTime);
  });

  it.each([
    ['an interval that is none', { interval: '2026-01-05' }],
    ['one that ends before it begins', { interval: DAY.split('/').reverse().join('/') }],
    ['one of more than 31 days', { interval: '2026-01-01T00:00:00.000Z/2026-02-01T00:00:00.001Z' }],
    ['a larger page than 100', { interval: DAY, paging: { pageSize: 101, pageNumber: 1 } }],
    ['pages beyond 100,000 results', { interval: DAY, paging: { pageSize: 100, pageNumber: 1_001 } }],
  ])('refuses %s', async (_what, body) => {
    const { api } = await startBusy(0);
    expect((await api('POST', QUERY, body)).status).toBe(400);
  });

  it('needs a permission, and so has the conversation itself', async () => {
    const { api, mock, contactCentre } = await startBusy(1);
    const path = `/api/v2/conversations/${contactCentre.beginnings()[0]?.id}`;
    mock.controls.deny('analytics:conversationDetail:view');
    expect(await api('POST', QUERY, { interval: DAY })).toMatchObject({
      status: 403,
      body: { code: 'missing.any.permissions' },
    });
    expect((await api('GET', path)).status).toBe(200);
    mock.controls.deny('conversation:communication:view');
    expect((await api('GET', path)).status).toBe(403);
  });
});
