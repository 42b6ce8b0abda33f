import type { AddressInfo } from 'node:net';
import type { Clock } from '../../listener/clock.ts';
import type { ContactCentre } from '../contact-centre/contact-centre.ts';
import { OrgSockets } from '../org-socket/org-sockets.ts';
import { Access } from './access.ts';
import { createApp } from './app.ts';
import type { ChannelSocket, SocketSurroundings } from './channel-socket.ts';
import { ChannelRegistry } from './channels.ts';
import { Controls } from './controls.ts';
import { Delivery } from './delivery.ts';
import { Faults } from './faults.ts';
import { Moments } from './moments.ts';
import { type Token, type TokenEnd, TokenIssuer } from './oauth.ts';
import { DEFAULT_CLIENT, type OAuthClient } from './oauth-client.ts';
import { RateLimit } from './rate-limit.ts';
import { ServerTime } from './server-time.ts';
import { Subscriptions } from './subscriptions.ts';
import { createSwitches, type Switches } from './switches.ts';
import { refuseUpgrade, Upgrades } from './upgrade.ts';
import { WireRecord } from './wire-record.ts';

export { DEFAULT_CLIENT, type OAuthClient, ORG_SOCKET_CLIENT } from './oauth-client.ts';

export interface MockGenesysOptions {
  readonly contactCentre: ContactCentre;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: '127.0.0.1';
  /** The contact centre's if not said. */
  readonly clock?: Clock;
  readonly clients?: readonly OAuthClient[];
  readonly switches?: Partial<Switches>;
  readonly heartbeatMs?: number;
  readonly channelLifeMs?: number;
  /** API requests a minute and token; 0: no limit. */
  readonly restPerMinute?: number;
  /** How long analytics queries lag behind, in milliseconds; 30,000 if not said. */
  readonly analyticsLagMs?: number;
  /** How many notifications `record` keeps; all of them if not said. */
  readonly recordLimit?: number;
}

/** A running mock of Genesys Cloud: login, API and sockets on one port. */
export interface MockGenesys {
  readonly clock: Clock;
  readonly url: string;
  /** To use in place of `https://login.{region}`. */
  readonly loginUrl: string;
  /** To use in place of `https://api.{region}`. */
  readonly apiUrl: string;
  /** To use in place of `wss://{organisation}.{region}/websocket`. */
  readonly orgSocketUrl: string;
  /** A UUID. */
  readonly orgId: string;
  /** What was written to sockets. */
  readonly record: WireRecord;
  readonly controls: Controls;
  /** Cuts every connection and frees the port. The contact centre goes on. */
  close(): Promise<void>;
}

/** The organisation that the mock plays. */
const ORGANISATION = { id: '5f1c6a3e-9d0b-4c7e-8a52-0e6b7d94c1f3', name: 'Mock Organisation' };

/**
 * Starts the mock. Its contact centre is started and stopped by whoever made it.
 * @throws when the port is taken
 */
export async function startMockGenesys(options: MockGenesysOptions): Promise<MockGenesys> {
  const { contactCentre, clock = contactCentre.clock, host = '127.0.0.1' } = options;
  const switches = createSwitches(options.switches);
  const time = new ServerTime(clock);
  const lifeMs = options.channelLifeMs ?? 24 * 3_600_000;
  const channels = new ChannelRegistry({ clock, time, switches, lifeMs });
  const access = new Access();
  const faults = new Faults();
  const limit = new RateLimit(clock);
  const moments = new Moments();
  const tokens = new TokenIssuer({
    clock,
    time,
    access,
    clients: options.clients ?? [DEFAULT_CLIENT],
    switches,
    limit,
    onEnd: (token, end) => {
      tokenEnded(channels, switches, token, end);
      if (end === 'revoked') orgSockets.tokenRevoked(token.claims.jti);
    },
  });
  const subscriptions = new Subscriptions({ channels, access, contactCentre, switches });
  const sockets = new Set<ChannelSocket>();
  const around: SocketSurroundings = {
    clock,
    heartbeatMs: options.heartbeatMs ?? 30_000,
    switches,
    channels,
    subscriptions,
    moments,
    onEnd: (socket) => sockets.delete(socket),
  };
  const upgrades = new Upgrades(around, (socket) => sockets.add(socket));
  const record = new WireRecord(options.recordLimit ?? Number.POSITIVE_INFINITY);
  const orgSockets = new OrgSockets(
    { clock, time, tokens, access, switches, moments },
    ORGANISATION.id,
    record,
  );

  let authority = '';
  const app = createApp(
    {
      contactCentre,
      channels,
      subscriptions,
      tokens,
      access,
      analytics: { lagMs: options.analyticsLagMs ?? 30_000 },
      faults,
      moments,
      switches,
      organisation: ORGANISATION,
      socketBase: () => `ws://${authority}`,
    },
    { restPerMinute: options.restPerMinute ?? 300, limit, time },
  );
  app.server.on('upgrade', (request, stream, head) => {
    // A peer that goes away during the handshake is no concern of the mock's.
    stream.on('error', () => undefined);
    const refusal = faults.takeUpgrade();
    if (refusal !== undefined) refuseUpgrade(stream, refusal);
    else if (orgSockets.owns(request)) orgSockets.handle(request, stream, head);
    else upgrades.handle(request, stream, head);
  });
  await app.listen({ host, port: options.port ?? 0 });
  authority = `${host}:${portOf(app.server.address())}`;

  const delivery = new Delivery({ channels, switches, record });
  const stopListening = contactCentre.on('change', (change) => {
    delivery.deliver(change);
    orgSockets.deliver(change);
  });

  const url = `http://${authority}`;
  return {
    clock,
    url,
    loginUrl: url,
    apiUrl: url,
    orgSocketUrl: `ws://${authority}/websocket`,
    orgId: ORGANISATION.id,
    record,
    controls: new Controls({
      switches,
      channels,
      tokens,
      faults,
      access,
      time,
      moments,
      sockets,
      orgSockets: orgSockets.sockets,
    }),
    close: async () => {
      stopListening();
      tokens.close();
      channels.close();
      for (const socket of sockets) socket.drop();
      upgrades.close();
      orgSockets.close();
      await app.close();
    },
  };
}

function tokenEnded(channels: ChannelRegistry, switches: Switches, token: Token, end: TokenEnd): void {
  for (const channel of channels.alive().filter((other) => other.token === token)) {
    if (end === 'revoked') channel.socket?.system('token_revoked', { reason: 'user_tokens_revoked' });
    if (end === 'revoked' || switches.tokenExpiryKillsChannel) channels.end(channel, 'token-dead');
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return address.port;
}
