import { describe, expect, it, onTestFinished } from 'vitest';
import { LEFT_ALONE } from '../../doctor/verify-org/observation.ts';
import { type Verification, verifyOrg } from '../../doctor/verify-org/verify-org.ts';
import { readConfig } from '../../listener/config.ts';
import type { Dialect } from '../../listener/contract/vocabulary.ts';
import { Redactor } from '../../listener/telemetry/redactor.ts';
import { ContactCentre } from '../../mock/contact-centre/contact-centre.ts';
import {
  DEFAULT_CLIENT,
  type MockGenesys,
  ORG_SOCKET_CLIENT,
  startMockGenesys,
} from '../../mock/genesys/server.ts';
import { createSwitches, SWITCHES, type Switches } from '../../mock/genesys/switches.ts';
import { PatientClock } from './patient-clock.ts';

interface Verified {
  readonly verification: Verification;
  readonly mock: MockGenesys;
}

async function verify(
  dialect: Dialect,
  switches: Partial<Switches> = {},
  prepare: (mock: MockGenesys) => unknown = () => undefined,
): Promise<Verified> {
  const clock = new PatientClock();
  const contactCentre = new ContactCentre({ seed: 7, clock, queues: 3, agents: 4 });
  const client = dialect === 'org-socket' ? ORG_SOCKET_CLIENT : DEFAULT_CLIENT;
  const mock = await startMockGenesys({ clock, contactCentre, clients: [client], switches });
  onTestFinished(() => mock.close());
  await prepare(mock);
  const config = readConfig({
    DIALECT: dialect,
    GENESYSCLOUD_OAUTHCLIENT_ID: client.id,
    GENESYSCLOUD_OAUTHCLIENT_SECRET: client.secret,
    GENESYSCLOUD_LOGIN_URL: mock.loginUrl,
    GENESYSCLOUD_API_URL: mock.apiUrl,
    ...(dialect === 'channels'
      ? { TOPICS: 'queues:*' }
      : { GENESYSCLOUD_ORG_SOCKET_URL: mock.orgSocketUrl, ORG_SOCKET_ORIGIN: client.origins?.[0] ?? '' }),
  });
  const credentials = { clientId: client.id, clientSecret: client.secret };
  const verification = await clock.until(
    verifyOrg({ config, credentials, clock, redactor: new Redactor() }),
    async () => {
      await (await fetch(`${mock.url}/settled`)).text();
    },
  );
  return { verification, mock };
}

const observedValue = ({ observed }: Verification, name: string) =>
  observed.find((each) => each.switch === name)?.value;
const names = ({ observed, notTried }: Verification) =>
  [...observed, ...notTried].map((each) => each.switch).toSorted((a, b) => a.localeCompare(b));

/** Each switch with each of its values that isn't the default, in the dialect that it belongs to. */
const flips = Object.entries(SWITCHES).flatMap(([name, definition]) =>
  definition.values
    .filter((value) => value !== definition.default && LEFT_ALONE[name] === undefined)
    .map((value) => ({
      name,
      value,
      dialect: definition.topic === 'org socket' ? ('org-socket' as const) : ('channels' as const),
    })),
);

/** What a switch needs besides to be seen at all. */
const BESIDES: Readonly<Record<string, Partial<Switches>>> = {
  systemTopicNames: { secondConnectionNotice: 'duplicate_id' },
};
/** Measured, so not exact. */
const MEASURED = new Set(['strictCutMs']);

describe.each(['channels', 'org-socket'] as const)('verify-org on %s', (dialect) => {
  it('reports what the mock does by default, and names every switch once', async () => {
    const { verification } = await verify(dialect);
    expect(names(verification)).toEqual(Object.keys(SWITCHES).toSorted((a, b) => a.localeCompare(b)));
    const defaults: Readonly<Record<string, unknown>> = createSwitches();
    const seen = verification.observed.filter((each) => !MEASURED.has(each.switch));
    expect(seen.length).toBeGreaterThan(dialect === 'channels' ? 20 : 5);
    for (const { switch: name, value } of seen)
      expect(`${name}: ${value}`).toBe(`${name}: ${String(defaults[name])}`);
  });

  it.each(flips.filter((flip) => flip.dialect === dialect))(
    'sees that $name is $value',
    { timeout: 15_000 },
    async ({ name, value }) => {
      const { verification } = await verify(dialect, { ...BESIDES[name], [name]: value });
      if (MEASURED.has(name))
        expect(Math.abs(Number(observedValue(verification, name)) - Number(value))).toBeLessThan(100);
      else expect(observedValue(verification, name)).toBe(value);
    },
  );
});

describe('verify-org is harmless', () => {
  it('makes one channel, and leaves nothing on it', async () => {
    const { mock } = await verify('channels');
    expect(mock.controls.channels()).toMatchObject([{ connected: false, subscriptions: [] }]);
  });

  it('makes none when that would evict one', async () => {
    await expect(
      verify('channels', {}, (mock) => mock.controls.occupyChannels(DEFAULT_CLIENT.id, 20)),
    ).rejects.toThrow('has 20 of 20: one more would evict one');
  });

  it('says so when it is not let in', async () => {
    await expect(
      verify('channels', {}, (mock) => mock.controls.failNext('POST', /oauth/, { status: 503 })),
    ).rejects.toThrow('the login was answered 503; conversation-bridge doctor tells why');
  });

  it('writes no secret', async () => {
    const { verification, mock } = await verify('channels');
    const written = JSON.stringify(verification);
    for (const secret of [DEFAULT_CLIENT.secret, ...mock.controls.channels().map(({ id }) => id)])
      expect(written).not.toContain(secret);
  });
});
