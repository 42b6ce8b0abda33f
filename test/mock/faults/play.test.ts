import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { playFaults } from '../../../mock/faults/play.ts';
import { until } from '../../until.ts';
import { startMock, TestSocket } from '../genesys/harness.ts';
import {
  authenticated,
  type OrgClient,
  type OrgMock,
  SUBSCRIBE,
  startOrgMock,
} from '../org-socket/harness.ts';
import { walk } from './walk.ts';

const ORG = { dialect: 'org-socket' } as const;

async function subscribed(started: OrgMock): Promise<OrgClient> {
  const client = await authenticated(started);
  client.send(SUBSCRIBE);
  await client.next();
  return client;
}

describe('faults', () => {
  it('are refused when there are none such, or not in this dialect or at this moment', async () => {
    const { mock } = await startOrgMock();
    await expect(playFaults(mock, ['nonsense'], ORG)).rejects.toThrow('no fault nonsense');
    await expect(playFaults(mock, ['channel-evicted'], ORG)).rejects.toThrow('dialect channels');
    await expect(playFaults(mock, ['idle-cut'], { ...ORG, moment: 'auth' })).rejects.toThrow('not at auth');
  });

  it('are played together', async () => {
    const started = await startOrgMock({ jwtValidationMode: 'lenient' });
    const ids = ['token-nbf-ahead', 'token-short-lived', 'scope-missing', 'origin-not-registered'];
    const played = await playFaults(started.mock, ids, ORG);
    expect(await walk(started, ORG)).toBe(
      'auth token.too.short token.not.yet.valid token.scope.missing origin.not.registered open',
    );
    await played.stop();
    expect(await walk(started, ORG)).toBe('healthy');
  });

  it('strike at the moment that is chosen if they can, and else at their own', async () => {
    const started = await startOrgMock({ jwtValidationMode: 'lenient' });
    const ids = ['origin-not-registered', 'connection-cut'];
    const played = await playFaults(started.mock, ids, { ...ORG, moment: 'subscribe' });
    expect(await walk(started, ORG)).toBe('auth origin.not.registered open');
    await played.stop();
  });

  it('in between stand one before the other, in whatever order they are asked for', async () => {
    const started = await startOrgMock();
    const played = await playFaults(
      started.mock,
      ['tls-intercepted', 'proxy-drops-upgrade', 'upgrade-404'],
      ORG,
    );
    expect(played.environment['GENESYSCLOUD_ORG_SOCKET_URL']).toMatch(/^wss:/);
    expect(await walk(started, { ...ORG, ...played })).toBe('login SELF_SIGNED_CERT_IN_CHAIN');
    await played.stop();
    const without = await playFaults(started.mock, ['upgrade-404', 'proxy-drops-upgrade'], ORG);
    expect(await walk(started, { ...ORG, ...without })).toBe('upgrade unanswered');
    await without.stop();
  });

  it('are all taken back when one of them can not be started', async () => {
    const started = await startOrgMock();
    const options = { dialect: 'channels', clientId: 'nobody' } as const;
    await expect(playFaults(started.mock, ['scope-missing', 'too-many-channels'], options)).rejects.toThrow(
      'no client nobody',
    );
    expect(await walk(started, options)).toBe('healthy');
  });

  it('strike after a subscription that was there before the connection, too', async () => {
    const started = await startMock();
    const { contactCentre, createChannel, subscribe } = started;
    const played = await playFaults(started.mock, ['connection-cut'], { dialect: 'channels' });
    const channel = await createChannel();
    await subscribe(channel.id, [`v2.routing.queues.${contactCentre.queues[0]?.id}.conversations`]);
    const socket = await TestSocket.open(channel.connectUri);
    await started.clock.advance(5);
    expect((await socket.closed).code).toBe(1006);
    await played.stop();
  });

  it('strike every connection that comes, after the given time', async () => {
    const started = await startOrgMock();
    const played = await playFaults(started.mock, ['connection-reset'], { ...ORG, times: { delayMs: 20 } });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const client = await subscribed(started);
      await started.clock.advance(19);
      expect(await client.ping()).toBe('pong');
      await started.clock.advance(1);
      expect(await client.closed()).toBe(1006);
    }
    const spared = await subscribed(started);
    await played.stop();
    await started.clock.advance(20);
    expect(await spared.ping()).toBe('pong');
  });
});

describe('a name that does not resolve', () => {
  it('is in every address, and is one that never will (RFC 6761)', async () => {
    const { mock } = await startOrgMock();
    const { environment } = await playFaults(mock, ['dns-failed'], ORG);
    expect(environment).toEqual({
      GENESYSCLOUD_LOGIN_URL: 'https://genesys-cloud.invalid',
      GENESYSCLOUD_API_URL: 'https://genesys-cloud.invalid',
      GENESYSCLOUD_ORG_SOCKET_URL: 'wss://genesys-cloud.invalid/websocket',
    });
  });
});

describe('an intercepted TLS connection', () => {
  it('shows a certificate for the right name from an authority of the company, and works for who trusts it', async () => {
    const started = await startOrgMock();
    const played = await playFaults(started.mock, ['tls-intercepted'], ORG);
    const { port } = new URL(played.environment['GENESYSCLOUD_API_URL'] ?? '');
    const options = { host: '127.0.0.1', port: Number(port) };
    const looking = connectTls({ ...options, rejectUnauthorized: false });
    onTestFinished(() => void looking.destroy());
    await once(looking, 'secureConnect');
    const certificate = looking.getPeerX509Certificate();
    expect(certificate?.issuer).toContain('CN=Example Corporation Web Gateway CA');
    expect(certificate?.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(looking.authorized).toBe(false);

    const trusting = connectTls({ ...options, ca: certificate?.issuerCertificate?.toString() ?? '' });
    onTestFinished(() => void trusting.destroy());
    await once(trusting, 'secureConnect');
    trusting.write('GET /nothing HTTP/1.1\r\nHost: mock\r\n\r\n');
    const [answer] = await once(trusting, 'data');
    expect(String(answer)).toContain('404 Not Found');
    await played.stop();
  });
});

describe('a slow network', () => {
  it('brings everything late, both ways', async () => {
    const { mock, clock } = await startOrgMock();
    const played = await playFaults(mock, ['network-slow'], { ...ORG, times: { slowMs: 1500 } });
    let status: number | undefined;
    void fetch(`${played.environment['GENESYSCLOUD_API_URL']}/nothing`).then((response) => {
      status = response.status;
    });
    const before = clock.pending;
    await until(() => clock.pending > before);
    await clock.advance(1500);
    await until(() => clock.pending > before);
    await clock.advance(1499);
    expect(status).toBeUndefined();
    await clock.advance(1);
    await until(() => status !== undefined);
    expect(status).toBe(404);
    await played.stop();
  });
});

describe('an idle connection', () => {
  it('gets nothing for as long as it takes, then is cut', async () => {
    const started = await startOrgMock();
    const played = await playFaults(started.mock, ['idle-cut'], ORG);
    const client = await subscribed(started);
    await started.clock.advance(5);
    started.contactCentre.step();
    await started.clock.advance(349_999);
    expect(client.closeCode).toBeUndefined();
    expect(client.unread).toEqual([]);
    await started.clock.advance(1);
    expect(await client.closed()).toBe(1006);
    await played.stop();
  });
});

describe('the end of a TCP connection', () => {
  it.each<[string, string]>([
    ['connection-reset', 'ECONNRESET'],
    ['connection-cut', 'end'],
  ])('with %s is seen as %s', async (id, seen) => {
    const { mock, clock } = await startOrgMock();
    const played = await playFaults(mock, [id], { ...ORG, moment: 'connect', times: { delayMs: 10 } });
    const { hostname, port } = new URL(mock.url);
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    const end = new Promise((resolve) => {
      socket.once('error', (error) => resolve(Reflect.get(error, 'code')));
      socket.once('end', () => resolve('end'));
    });
    socket.write(
      'GET /websocket HTTP/1.1\r\nHost: mock\r\nUser-Agent: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain('101 Switching Protocols');
    await clock.advance(10);
    expect(await end).toBe(seen);
    await played.stop();
  });
});
