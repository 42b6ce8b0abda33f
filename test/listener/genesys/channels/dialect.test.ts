import { describe, expect, it, onTestFinished } from 'vitest';
import { channelsDialect } from '../../../../listener/genesys/channels/dialect.ts';
import type { AccessToken } from '../../../../listener/genesys/oauth.ts';
import { until } from '../../../until.ts';
import { type OrganisationOptions, startOrganisation } from '../organisation.ts';

async function createDialect(options: OrganisationOptions = {}) {
  const organisation = await startOrganisation(options);
  const { api, hosts, clock, logger, metrics, redactor, mock, tokens } = organisation;
  const dialect = channelsDialect({ api, hosts, clock, logger, metrics, redactor });
  const ids = () => mock.controls.channels().map(({ id }) => id);
  const topics = organisation.centre.queues.map(({ id }) => `v2.routing.queues.${id}.conversations`);
  const connect = async (token: AccessToken, keep: boolean) => {
    const { signal } = new AbortController();
    const connection = await dialect.connect(
      { token, keep, signal },
      { frame: () => undefined, alive: () => undefined, ended: () => undefined },
    );
    onTestFinished(() => connection.terminate());
    return connection;
  };
  return { ...organisation, connect, ids, topics, first: await tokens.token() };
}

describe('the channel of the last connection', () => {
  it('is used again when that is asked for', async () => {
    const { connect, ids, first } = await createDialect();
    (await connect(first, false)).terminate();
    await connect(first, true);
    expect(ids()).toHaveLength(1);
  });

  it('is not used again when a new one is asked for', async () => {
    const { connect, ids, first } = await createDialect();
    (await connect(first, false)).terminate();
    await connect(first, false);
    expect(ids()).toHaveLength(2);
  });

  it('is not used again with another token, which it would not outlive', async () => {
    const { connect, ids, first, tokens } = await createDialect();
    (await connect(first, false)).terminate();
    tokens.invalidate(first);
    await connect(await tokens.token(), true);
    expect(ids()).toHaveLength(2);
  });

  it('is not used again once it has expired', async () => {
    const { connect, ids, first, clock } = await createDialect({ mock: { channelLifeMs: 60_000 } });
    (await connect(first, false)).terminate();
    const [old] = ids();
    await clock.advance(60_000);
    await connect(first, true);
    expect(ids()).not.toContain(old);
    expect(ids()).toHaveLength(1);
  });

  it('is not used again once it was released', async () => {
    const { connect, ids, first, mock } = await createDialect();
    await (await connect(first, false)).close({ release: true });
    await connect(first, true);
    expect(ids()).toHaveLength(2);
    await until(() => mock.controls.channels().filter(({ connected }) => connected).length === 1);
  });
});

describe('a connection', () => {
  it('ends when the channel says, or after 24 hours when it does not', async () => {
    const { connect, first, clock, mock } = await createDialect({ mock: { channelLifeMs: 60_000 } });
    expect((await connect(first, false)).expiresAtMs).toBe(clock.monotonic() + 60_000);
    const address = `${mock.url.replace('http', 'ws')}/channels/${mock.controls.channels()[0]?.id}`;
    mock.controls.failNext('POST', /channels$/, {
      status: 200,
      body: { id: 'streaming-0-without-an-end', connectUri: address },
    });
    expect((await connect(first, false)).expiresAtMs).toBe(clock.monotonic() + 24 * 60 * 60_000);
  });

  it('ends when the channel says, by the clock of the server that says it', async () => {
    const { connect, first, clock, mock } = await createDialect({ mock: { channelLifeMs: 60_000 } });
    for (const ms of [-300_000, 300_000]) {
      mock.controls.skewClock(ms);
      expect((await connect(first, false)).expiresAtMs).toBe(clock.monotonic() + 60_000);
    }
  });

  it('has a label that tells channels apart and does not give the id away', async () => {
    const { connect, first, ids } = await createDialect();
    const labels = [(await connect(first, false)).label, (await connect(first, false)).label];
    expect(new Set(labels).size).toBe(2);
    for (const label of labels) {
      expect(label).toMatch(/^channel [0-9a-f]{8}$/);
      for (const id of ids()) expect(id).not.toContain(label.slice('channel '.length));
    }
  });

  it('closes properly though the channel cannot be freed, which is logged', async () => {
    const { connect, first, mock, lines, topics } = await createDialect();
    const connection = await connect(first, false);
    await connection.subscribe(topics, new AbortController().signal);
    mock.controls.failNext('DELETE', /subscriptions$/, { status: 403 });
    await connection.close({ release: true });
    expect(lines.filter(({ msg }) => msg.includes('could not be freed'))).toHaveLength(1);
  });
});
