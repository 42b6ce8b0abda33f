import { describe, expect, it } from 'vitest';
import { FAULTS, playFaults } from '../../../mock/faults/play.ts';
import { MOMENTS, type MockDialect } from '../../../mock/genesys/moments.ts';
import { startOrgMock } from '../org-socket/harness.ts';
import { walk } from './walk.ts';

const DIALECTS = ['channels', 'org-socket'] as const;
const CLOSED = /^(connect|auth|subscribe|live|pong) cut 1006$/;

/** How far a client comes with each fault at its first moment. What can be told only outside is not here. */
const OUTCOMES: Readonly<Record<MockDialect, Readonly<Record<string, string>>>> = {
  channels: {
    'client-unknown': 'login 400',
    'secret-wrong': 'login 401',
    'token-invalid': 'list 401',
    'token-expired': 'list 401',
    'token-revoked': 'live cut 1001',
    'scope-missing': 'list 403',
    'permission-missing': 'rejected conversation:communication:view',
    'topic-unknown': 'rejected The subscription topic is not valid.',
    'clock-skew': 'date off by -5 minutes',
    'channel-evicted': 'live cut 1001',
    'channel-expired': 'live cut 1001',
    'second-connection': 'live cut 1001',
    maintenance: 'later v2.system.socket_closing cut 1001',
    'too-many-channels': '20 channels',
    'rate-limited': 'login 429',
    'server-error': 'login 503',
    'connection-reset': 'live cut 1006',
    'connection-cut': 'live cut 1006',
    'half-open': 'live silence',
    'heartbeat-stalled': 'live silence',
    'idle-cut': 'live silence',
    'frame-too-large': 'live cut 1006 WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    'process-frozen': 'pong cut 1006',
    'network-slow': 'login unanswered',
    'upgrade-401': 'connect cut 1006 401',
    'upgrade-403': 'connect cut 1006 403',
    'upgrade-404': 'connect cut 1006 404',
    'upgrade-502': 'connect cut 1006 502',
    'proxy-drops-upgrade': 'upgrade unanswered',
    'proxy-resets-upgrade': 'connect cut 1006 ECONNRESET',
    'tls-intercepted': 'login SELF_SIGNED_CERT_IN_CHAIN',
    'foreign-connect-uri': 'foreign streaming.example.net',
    'tcp-refused': 'login ECONNREFUSED',
  },
  'org-socket': {
    'client-unknown': 'login 400',
    'secret-wrong': 'login 401',
    'token-invalid': 'auth cut 1006',
    'token-expired': 'auth cut 1006',
    'token-short-lived': 'live cut 1006',
    'token-nbf-ahead': 'live cut 1006',
    'token-revoked': 'live cut 1006',
    'scope-missing': 'live cut 1006',
    'permission-missing': 'live cut 1006',
    'origin-not-registered': 'live cut 1006',
    'clock-skew': 'date off by -5 minutes',
    'subscribe-duplicate-key': 'live cut 1006',
    'subscribe-no-filter': 'live cut 1006',
    'subscribe-no-id': 'live cut 1006',
    'subscribe-no-type': 'live cut 1006',
    'subscribe-bad-event-type': 'live cut 1006',
    'subscribe-raw-string': 'live cut 1006',
    'subscribe-empty': 'live cut 1006',
    'subscribe-malformed': 'live cut 1006',
    'subscribe-three-faults': 'live cut 1006',
    'rate-limited': 'login 429',
    'server-error': 'login 503',
    'connection-reset': 'live cut 1006',
    'connection-cut': 'live cut 1006',
    'half-open': 'live silence',
    'heartbeat-stalled': 'live silence',
    'idle-cut': 'live silence',
    'frame-too-large': 'live cut 1006 WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    'process-frozen': 'pong cut 1006',
    'network-slow': 'login unanswered',
    'upgrade-401': 'connect cut 1006 401',
    'upgrade-403': 'connect cut 1006 403',
    'upgrade-404': 'connect cut 1006 404',
    'upgrade-502': 'connect cut 1006 502',
    'proxy-drops-upgrade': 'upgrade unanswered',
    'proxy-resets-upgrade': 'connect cut 1006 ECONNRESET',
    'tls-intercepted': 'login SELF_SIGNED_CERT_IN_CHAIN',
    'wrong-org-id': 'connect cut 1006 404',
    'tcp-refused': 'login ECONNREFUSED',
  },
};

/** Played by a name that has to be looked up, which a test must not do. */
const LOOKED_UP = new Set(['dns-failed']);

describe('the catalogue of faults', () => {
  it('has an id, a title, a play, a dialect, a moment and a cause for each, and each id once', () => {
    for (const fault of FAULTS) {
      expect(fault.id).toMatch(/^[a-z0-9-]+$/);
      for (const text of [fault.title, fault.plays]) expect(text.length, fault.id).toBeGreaterThan(10);
      for (const list of [fault.dialects, fault.moments, fault.expectedCauses])
        expect(list.length, fault.id).toBeGreaterThan(0);
      for (const moment of fault.moments) expect(MOMENTS).toContain(moment);
    }
    expect(new Set(FAULTS.map(({ id }) => id)).size).toBe(FAULTS.length);
  });

  it('has the outcome of each in the table below', () => {
    for (const dialect of DIALECTS) {
      const ids = FAULTS.filter(({ dialects, id }) => dialects.includes(dialect) && !LOOKED_UP.has(id));
      expect(Object.keys(OUTCOMES[dialect]).toSorted(byText)).toEqual(
        ids.map(({ id }) => id).toSorted(byText),
      );
    }
  });
});

describe.each(DIALECTS)('a client of %s', (dialect) => {
  it('is healthy when nothing is played', async () => {
    expect(await walk(await startOrgMock(), { dialect })).toBe('healthy');
  });

  it.each(Object.entries(OUTCOMES[dialect]))(
    'meets %s as: %s; and no more once it is stopped',
    async (id, outcome) => {
      const started = await startOrgMock();
      const played = await playFaults(started.mock, [id], { dialect });
      expect(await walk(started, { dialect, ...played })).toBe(outcome);
      await played.stop();
      expect(await walk(started, { dialect })).toBe('healthy');
    },
  );

  const rows = FAULTS.filter(({ dialects, id }) => dialects.includes(dialect) && !LOOKED_UP.has(id)).flatMap(
    ({ id, moments }) => moments.slice(1).map((moment) => [id, moment] as const),
  );
  it.each(rows)('is not healthy with %s at %s either', async (id, moment) => {
    const started = await startOrgMock();
    const played = await playFaults(started.mock, [id], { dialect, moment });
    expect(await walk(started, { dialect, ...played })).not.toBe('healthy');
    await played.stop();
  });

  it.each<[string, string]>([
    ['connect', 'connect'],
    ['auth', dialect === 'channels' ? 'connect' : 'auth'],
    ['subscribe', dialect === 'channels' ? 'live' : 'subscribe'],
    ['after-subscribe', 'live'],
    ['live', 'pong'],
  ])('is cut off at %s when it is to be', async (name, step) => {
    const moment = MOMENTS.find((other) => other === name);
    if (moment === undefined) throw new RangeError(name);
    const started = await startOrgMock();
    const played = await playFaults(started.mock, ['connection-cut'], { dialect, moment });
    const outcome = await walk(started, { dialect });
    expect(outcome).toMatch(CLOSED);
    expect(outcome).toBe(`${step} cut 1006`);
    await played.stop();
  });
});

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
