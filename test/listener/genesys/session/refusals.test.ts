import { describe, expect, it } from 'vitest';
import type { Credentials } from '../../../../listener/genesys/credentials.ts';
import { CredentialsError } from '../../../../listener/genesys/credentials.ts';
import { DEFAULT_CLIENT } from '../../../../mock/genesys/server.ts';
import { until } from '../../../until.ts';
import { createSession } from './harness.ts';

const CHANNELS = /\/notifications\/channels$/;
const GOOD: Credentials = { clientId: DEFAULT_CLIENT.id, clientSecret: DEFAULT_CLIENT.secret };
const WRONG: Credentials = { clientId: DEFAULT_CLIENT.id, clientSecret: 'an outdated secret' };

/** Credentials that a test changes, counting how often they were read. */
function changing(first: Credentials | undefined) {
  const box = { present: first, reads: 0 };
  const read = async () => {
    box.reads++;
    if (box.present) return box.present;
    throw new CredentialsError('CredentialsMissing', 'no value yet');
  };
  return { box, source: { description: 'a test', read } };
}

describe('a refused token', () => {
  it.each([401, 403])('answered %i once costs one new login', async (status) => {
    const { mock, session, states, endings } = await createSession();
    mock.controls.failNext('POST', CHANNELS, { status });
    session.start();
    await until(() => session.state === 'live');
    expect(states().filter((state) => state === 'authenticating')).toHaveLength(2);
    expect(endings()).toHaveLength(1);
    expect(mock.controls.endTokens('expired')).toBe(2);
  });

  it.each([401, 403])('answered %i twice stops the session, which stays alive', async (status) => {
    const { mock, session, elapse, endings, logged } = await createSession();
    mock.controls.failNext('POST', CHANNELS, { status, times: 2 });
    session.start();
    await until(() => session.state === 'stopped');
    expect(endings()).toHaveLength(2);
    expect(session.trouble).toMatchObject({ reason: status === 401 ? 'unauthorized' : 'forbidden' });
    expect(logged('stopped: nothing is received')).toHaveLength(1);
    await elapse(9 * 60_000, 60_000);
    expect(session.state).toBe('stopped');
    await elapse(60_000);
    await until(() => session.state === 'live');
    expect(session.trouble).toBeUndefined();
  });

  it('is tried anew each time a connection had been live in between', async () => {
    const { mock, session, goLive, elapse, endings } = await createSession();
    await goLive();
    for (let n = 1; n <= 3; n++) {
      await elapse(60_000);
      mock.controls.endTokens('revoked');
      await until(() => endings().length === n && session.state === 'live');
    }
    expect(new Set(endings())).toEqual(new Set(['token-revoked']));
  });
});

describe('credentials', () => {
  it('that are refused are looked at again each minute, with no login until they change', async () => {
    const { box, source } = changing(WRONG);
    const { session, elapse, logged } = await createSession({ credentials: source });
    session.start();
    await until(() => session.state === 'stopped');
    const logins = () => logged('Genesys Cloud call failed').filter(({ route }) => route === '/oauth/token');
    expect(logins()).toHaveLength(2);
    const readsBefore = box.reads;
    await elapse(5 * 60_000, 60_000);
    expect(box.reads).toBe(readsBefore + 5);
    expect(logins()).toHaveLength(2);

    box.present = GOOD;
    await elapse(60_000);
    await until(() => session.state === 'live');
  });

  it('that stay refused cost two logins in ten minutes', async () => {
    const { session, elapse, logged } = await createSession({ credentials: changing(WRONG).source });
    session.start();
    await until(() => session.state === 'stopped');
    await elapse(31 * 60_000, 60_000);
    const logins = logged('Genesys Cloud call failed').length;
    expect(logins).toBeGreaterThan(2);
    expect(logins).toBeLessThanOrEqual(8);
  });

  it('that are missing are waited for', async () => {
    const { box, source } = changing(undefined);
    const { session, elapse, endings } = await createSession({ credentials: source });
    session.start();
    await until(() => session.state === 'stopped');
    await elapse(3 * 60_000, 60_000);
    expect(session.state).toBe('stopped');
    expect(endings()).toEqual(['credentials-missing']);
    box.present = GOOD;
    await elapse(60_000);
    await until(() => session.state === 'live');
  });
});

describe('topics of which none is permitted', () => {
  it('stop the session until a permission comes, and each is named with what is missing', async () => {
    const { mock, session, elapse, logged } = await createSession();
    mock.controls.deny('conversation:communication:view');
    session.start();
    await until(() => session.state === 'stopped');
    const refusals = logged('topic refused');
    expect(refusals).toHaveLength(3);
    for (const { msg } of refusals) expect(msg).toContain('(missing: conversation:communication:view)');
    mock.controls.allow('conversation:communication:view');
    await elapse(10 * 60_000, 60_000);
    await until(() => session.state === 'live');
  });
});
