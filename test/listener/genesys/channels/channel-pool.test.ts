import { describe, expect, it } from 'vitest';
import { ChannelPool } from '../../../../listener/genesys/channels/channel-pool.ts';
import { DEFAULT_CLIENT } from '../../../../mock/genesys/server.ts';
import { until } from '../../../until.ts';
import { type OrganisationOptions, startOrganisation } from '../organisation.ts';

async function createPool(options: OrganisationOptions = {}) {
  const organisation = await startOrganisation(options);
  const { api, clock, logger, metrics, redactor, mock, tokens, centre, lines } = organisation;
  const pool = new ChannelPool({ api, clock, logger, metrics, redactor });
  const { signal } = new AbortController();
  const token = await tokens.token();
  const take = async ({ keep = false, subscribe = true, of = token } = {}) => {
    const own = await pool.take(of, keep, signal);
    if (subscribe) {
      own.subscribed = true;
      await api.putSubscriptions(
        own.channel.id,
        centre.queues.map(({ id }) => `v2.routing.queues.${id}.conversations`),
      );
    }
    return own;
  };
  /** The channels with subscriptions. */
  const subscribed = () =>
    mock.controls
      .channels()
      .filter(({ subscriptions }) => subscriptions.length > 0)
      .map(({ id }) => id);
  const errors = () => lines.filter(({ level }) => level === 'error');
  const inUse = () => metrics.take().gauges.get('ChannelsInUse');
  return { ...organisation, pool, take, signal, subscribed, errors, inUse };
}

describe("the client's channels", () => {
  it('are counted before another one is made', async () => {
    const { take, mock, inUse, errors } = await createPool();
    await mock.controls.occupyChannels(DEFAULT_CLIENT.id, 5);
    await take();
    expect(inUse()).toBe(5);
    await take();
    expect(inUse()).toBe(6);
    expect(errors()).toEqual([]);
  });

  it.each([
    { others: 18, warned: 0 },
    { others: 19, warned: 1 },
    { others: 20, warned: 1 },
  ])('of which $others are others lead to $warned errors', async ({ others, warned }) => {
    const { take, mock, errors } = await createPool();
    await mock.controls.occupyChannels(DEFAULT_CLIENT.id, others);
    await take();
    expect(errors()).toHaveLength(warned);
    for (const { msg } of errors()) expect(msg).toMatch(/evicts another.*OAuth client of its own/);
  });

  it.each(['hidden', 'shown'] as const)(
    'are not others when they are its own, though its last token made them (ids %s)',
    async (channelsOfOtherTokens) => {
      const { take, mock, tokens, errors } = await createPool({
        mock: { switches: { channelsOfOtherTokens } },
      });
      await mock.controls.occupyChannels(DEFAULT_CLIENT.id, 18);
      const { token } = await take();
      tokens.invalidate(token);
      await take({ of: await tokens.token() });
      expect(errors()).toEqual([]);
    },
  );

  it('that cannot be counted do not stop it', async () => {
    const { take, mock, lines } = await createPool();
    mock.controls.failNext('GET', /channels$/, { status: 403 });
    await take();
    expect(lines.filter(({ msg }) => msg.includes('could not be counted'))).toHaveLength(1);
    expect(mock.controls.channels()).toHaveLength(1);
  });

  it('are not waited for longer than two seconds', async () => {
    const { pool, tokens, signal, mock, clock, lines, metrics } = await createPool();
    mock.controls.failNext('GET', /channels$/, { status: 429, headers: { 'retry-after': '30' } });
    const taken = pool.take(await tokens.token(), false, signal);
    await until(() => lines.some(({ msg }) => msg.includes('trying again')));
    await clock.advance(1_999);
    expect(mock.controls.channels()).toEqual([]);
    await clock.advance(1);
    await taken;
    expect(mock.controls.channels()).toHaveLength(1);
    expect(metrics.total('RestCallsFailed')).toBe(1);
  });

  it('are left alone when the attempt is given up meanwhile', async () => {
    const { pool, tokens, mock, lines } = await createPool();
    mock.controls.failNext('GET', /channels$/, { status: 429, headers: { 'retry-after': '30' } });
    const attempt = new AbortController();
    const taken = pool.take(await tokens.token(), false, attempt.signal);
    await until(() => lines.some(({ msg }) => msg.includes('trying again')));
    attempt.abort();
    await expect(taken).rejects.toThrow(/abort/);
    expect(mock.controls.channels()).toEqual([]);
    expect(lines.filter(({ msg }) => msg.includes('could not be counted'))).toEqual([]);
  });
});

describe('a channel that nobody will use', () => {
  it('is freed when another one is made in its place', async () => {
    const { pool, take, subscribed } = await createPool();
    const first = await take();
    pool.spare(first);
    const second = await take();
    await until(() => subscribed().length === 1);
    expect(subscribed()).toEqual([second.channel.id]);
  });

  it('is freed when another one is spared in its place', async () => {
    const { pool, take, subscribed } = await createPool();
    const present = await take();
    const failed = await take();
    pool.spare(failed);
    pool.spare(present);
    await until(() => subscribed().length === 1);
    expect(await take({ keep: true })).toBe(present);
  });

  it('is freed when the token has changed', async () => {
    const { pool, take, subscribed, tokens } = await createPool();
    const first = await take();
    pool.spare(first);
    tokens.invalidate(first.token);
    const second = await take({ keep: true, of: await tokens.token() });
    await until(() => subscribed().length === 1);
    expect(subscribed()).toEqual([second.channel.id]);
  });

  it('costs no call when nothing was ever put on it', async () => {
    const { pool, take, mock, lines } = await createPool();
    mock.controls.failNext('DELETE', /subscriptions$/, { status: 500 });
    await pool.free(await take({ subscribe: false }));
    expect(lines.filter(({ msg }) => msg.includes('freed'))).toEqual([]);
  });

  it('is not the one that lost its socket while another was made', async () => {
    const { pool, take, subscribed } = await createPool();
    const present = await take();
    const making = take();
    pool.spare(present);
    const next = await making;
    expect(new Set(subscribed())).toEqual(new Set([present.channel.id, next.channel.id]));
    expect(await take({ keep: true })).toBe(present);
  });
});
