import { describe, expect, it } from 'vitest';
import { describeError } from '../../../listener/errors.ts';
import { CredentialsError, fixedCredentials } from '../../../listener/genesys/credentials.ts';
import { LoginError, lifeLeftMs } from '../../../listener/genesys/oauth.ts';
import { DEFAULT_CLIENT } from '../../../mock/genesys/server.ts';
import { until } from '../../until.ts';
import { startOrganisation } from './organisation.ts';

const GOOD = { clientId: DEFAULT_CLIENT.id, clientSecret: DEFAULT_CLIENT.secret };
const FIVE_MINUTES = { mock: { clients: [{ ...DEFAULT_CLIENT, tokenLifetimeSeconds: 300 }] } };

/** What a promise rejects with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a token', () => {
  it('is kept, and shared by callers at the same time', async () => {
    const { tokens, mock } = await startOrganisation();
    const [first, second] = await Promise.all([tokens.token(), tokens.token()]);
    expect(second).toBe(first);
    expect(await tokens.token()).toBe(first);
    expect(mock.controls.endTokens('expired')).toBe(1);
  });

  it('that lives five minutes is renewed after four', async () => {
    const { tokens, clock } = await startOrganisation(FIVE_MINUTES);
    const first = await tokens.token();
    // The mock says one second less than it means.
    expect(first.lifetimeMs).toBe(299_000);
    expect(tokens.renewalInMs(first)).toBe(239_200);
    await clock.advance(239_199);
    expect(await tokens.token()).toBe(first);
    await clock.advance(1);
    expect(tokens.renewalInMs(first)).toBe(0);
    expect(await tokens.token()).not.toBe(first);
  });

  it('with less left than a caller asks for is followed by another, which may have less, too', async () => {
    const { tokens, clock } = await startOrganisation(FIVE_MINUTES);
    const first = await tokens.token(undefined, 200_000);
    await clock.advance(99_000);
    expect(lifeLeftMs(first, clock)).toBe(200_000);
    expect(await tokens.token(undefined, 200_000)).toBe(first);
    await clock.advance(1);
    const second = await tokens.token(undefined, 200_000);
    expect(second).not.toBe(first);
    expect(await tokens.token()).toBe(second);
    expect(await tokens.token(undefined, 600_000)).not.toBe(second);
  });

  it('counts its life from before the login, however long that took', async () => {
    const { tokens, mock, clock, lines } = await startOrganisation(FIVE_MINUTES);
    mock.controls.failNext('POST', /oauth/, { status: 429, headers: { 'retry-after': '30' } });
    const pending = tokens.token();
    await until(() => lines.some(({ msg }) => msg.includes('trying again')));
    await clock.advance(31_000);
    expect((await pending).obtainedAtMs).toBe(0);
  });

  it('that was refused is followed by another, with credentials read again', async () => {
    let reads = 0;
    const read = async () => {
      reads++;
      return GOOD;
    };
    const { tokens } = await startOrganisation({ credentials: { description: 'a test', read } });
    const first = await tokens.token();
    tokens.invalidate(first);
    const second = await tokens.token();
    expect(second.value).not.toBe(first.value);
    expect(reads).toBe(2);
    // Said late, of a token that is no longer the present one, it changes nothing.
    tokens.invalidate(first);
    expect(await tokens.token()).toBe(second);
  });

  it('refused by the API is asked for anew at the next call', async () => {
    const { api, mock } = await startOrganisation();
    await api.createChannel();
    mock.controls.endTokens('revoked');
    expect(await rejection(api.createChannel())).toMatchObject({ status: 401 });
    expect(await api.createChannel()).toHaveProperty('id');
  });

  it('whose login was called off by one is had by another who waited for it', async () => {
    const { tokens, mock, lines } = await startOrganisation();
    mock.controls.failNext('POST', /oauth/, { status: 503 });
    const calledOff = new AbortController();
    const first = rejection(tokens.token(calledOff.signal));
    await until(() => lines.some(({ msg }) => msg.includes('trying again')));
    const second = tokens.token(new AbortController().signal);
    calledOff.abort();
    expect(await second).toHaveProperty('value');
    expect(await first).toMatchObject({ name: 'AbortError' });
  });

  it('whose login was called off does not call off the next', async () => {
    const { tokens, mock, lines } = await startOrganisation();
    mock.controls.failNext('POST', /oauth/, { status: 503 });
    const calledOff = new AbortController();
    const first = rejection(tokens.token(calledOff.signal));
    await until(() => lines.some(({ msg }) => msg.includes('trying again')));
    calledOff.abort();
    expect(await tokens.token()).toHaveProperty('value');
    expect(await first).toMatchObject({ name: 'AbortError' });
  });
});

describe('a login that is refused', () => {
  it.each([
    {
      what: 'an unknown client',
      credentials: { ...GOOD, clientId: 'nobody' },
      code: 'UnknownClient',
      says: 'Genesys Cloud knows no OAuth client nobody (from the environment) in this region',
    },
    {
      what: 'a wrong secret',
      credentials: { ...GOOD, clientSecret: 'wrong-wrong' },
      code: 'WrongSecret',
      says: `Genesys Cloud refused the client secret of ${GOOD.clientId} (from the environment)`,
    },
  ])('($what) says which it was', async ({ credentials, code, says }) => {
    const { tokens } = await startOrganisation({ credentials: fixedCredentials(credentials) });
    const error = await rejection(tokens.token());
    expect(error).toBeInstanceOf(LoginError);
    expect(error).toMatchObject({ code, message: says, canRetry: false });
    expect(describeError(error)).not.toContain(credentials.clientSecret);
  });

  it.each([
    { status: 400, body: { error: 'unsupported_grant_type' } },
    { status: 403, body: {} },
    { status: 404, body: '<html>' },
  ])('with $status is refused for good', async ({ status, body }) => {
    const { tokens, mock } = await startOrganisation();
    mock.controls.failNext('POST', /oauth/, { status, body });
    expect(await rejection(tokens.token())).toMatchObject({ code: 'LoginRefused' });
  });

  it.each([
    '<html>',
    '',
    '{}',
    '{"access_token":"","expires_in":300}',
    '{"access_token":"t","expires_in":0}',
  ])('with the body %j and 200 gives no token, and does not show the body', async (body) => {
    const { tokens, mock } = await startOrganisation();
    mock.controls.failNext('POST', /oauth/, { status: 200, body });
    expect(await rejection(tokens.token())).toMatchObject({
      code: 'MalformedToken',
      message: 'the login answered 200 with no usable token',
    });
  });

  it('can be tried again', async () => {
    const { tokens, mock } = await startOrganisation();
    mock.controls.failNext('POST', /oauth/, { status: 403 });
    await rejection(tokens.token());
    expect(await tokens.token()).toHaveProperty('value');
  });
});

describe('credentials', () => {
  it('have changed when they are not those of the last login', async () => {
    const present = { ...GOOD };
    const read = async () => ({ ...present });
    const { tokens } = await startOrganisation({ credentials: { description: 'a test', read } });
    expect(await tokens.credentialsChanged()).toBe(true);
    await tokens.token();
    expect(await tokens.credentialsChanged()).toBe(false);
    present.clientSecret = 'rotated';
    expect(await tokens.credentialsChanged()).toBe(true);
    present.clientSecret = GOOD.clientSecret;
    present.clientId = 'another';
    expect(await tokens.credentialsChanged()).toBe(true);
  });

  it('that cannot be read are no login', async () => {
    const read = async () => {
      throw new CredentialsError('CredentialsMissing', 'no value yet');
    };
    const { tokens } = await startOrganisation({ credentials: { description: 'a test', read } });
    expect(await rejection(tokens.token())).toBeInstanceOf(CredentialsError);
  });
});
