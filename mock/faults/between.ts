import { once } from 'node:events';
import { createServer } from 'node:net';
import type { MockDialect } from '../genesys/moments.ts';
import { BOTH, type Fault, type Stage } from './fault.ts';
import { putInFront } from './middlebox.ts';

const refusedUpgrade = (
  status: number,
  title: string,
  cause: string,
  dialects: readonly MockDialect[] = BOTH,
): Fault => ({
  id: `upgrade-${status}`,
  title,
  plays: `every upgrade to WebSocket is answered ${status}`,
  dialects,
  moments: ['connect'],
  expectedCauses: [cause],
  playedBy: 'server',
  start: ({ mock }) => {
    mock.controls.refuseNextUpgrades(status, Number.POSITIVE_INFINITY);
    return () => mock.controls.refuseNextUpgrades(status, 0);
  },
});

/** What keeps a client from the socket: refusals, boxes in between, wrong addresses. Nearest to the server first. */
export const FAULTS_BETWEEN: readonly Fault[] = [
  refusedUpgrade(401, 'The upgrade is answered 401', 'upgrade-unauthorized'),
  refusedUpgrade(403, 'The upgrade is answered 403', 'upgrade-unauthorized'),
  refusedUpgrade(404, 'The upgrade is answered 404', 'wrong-path'),
  refusedUpgrade(502, 'The upgrade is answered 502', 'upgrade-refused'),
  {
    id: 'proxy-drops-upgrade',
    title: 'A proxy swallows upgrades',
    plays: 'REST works, but a request to upgrade is never answered',
    dialects: BOTH,
    moments: ['connect'],
    expectedCauses: ['proxy-drops-upgrade'],
    playedBy: 'client-environment',
    start: (stage) => putInFront(stage, { upgrades: 'swallow' }),
  },
  {
    id: 'proxy-resets-upgrade',
    title: 'A firewall resets upgrades',
    plays: 'REST works, but a request to upgrade is answered by a reset of the connection',
    dialects: BOTH,
    moments: ['connect'],
    expectedCauses: ['proxy-drops-upgrade'],
    playedBy: 'client-environment',
    start: (stage) => putInFront(stage, { upgrades: 'reset' }),
  },
  {
    id: 'tls-intercepted',
    title: 'Something in between opens TLS',
    plays: 'all addresses are https, with a certificate from an authority that only the company knows',
    dialects: BOTH,
    moments: ['connect'],
    expectedCauses: ['tls-intercepted'],
    playedBy: 'client-environment',
    start: (stage) => putInFront(stage, { tls: true }),
  },
  {
    id: 'wrong-org-id',
    title: 'The organisation id in the address is wrong',
    plays: 'the org socket is looked for under the id of an organisation that is not there',
    dialects: ['org-socket'],
    moments: ['connect'],
    expectedCauses: ['wrong-path'],
    playedBy: 'client-environment',
    start: (stage) => {
      const base = stage.front.replace(/^http/, 'ws');
      stage.environment['GENESYSCLOUD_ORG_SOCKET_URL'] =
        `${base}/00000000-0000-4000-8000-000000000000/websocket`;
      return () => undefined;
    },
  },
  {
    id: 'foreign-connect-uri',
    title: "The socket's address is a stranger's",
    plays: 'a new channel comes with a connectUri whose host does not belong to the region',
    dialects: ['channels'],
    moments: ['connect'],
    expectedCauses: ['foreign-connect-uri'],
    playedBy: 'server',
    start: ({ mock }) => {
      mock.controls.handOutConnectUri('wss://streaming.example.net/channels/{id}');
      return () => mock.controls.handOutConnectUri();
    },
  },
  {
    id: 'tcp-refused',
    title: 'Nothing listens at the address',
    plays: 'connections to every address are refused',
    dialects: BOTH,
    moments: ['connect'],
    expectedCauses: ['tcp-refused'],
    playedBy: 'client-environment',
    start: async (stage) => {
      readdress(stage, `http://127.0.0.1:${await unusedPort()}`);
      return () => undefined;
    },
  },
  {
    id: 'dns-failed',
    title: 'The host name does not resolve',
    plays: 'all addresses have a name that no DNS knows (RFC 6761: .invalid)',
    dialects: BOTH,
    moments: ['connect'],
    expectedCauses: ['dns-failed'],
    playedBy: 'client-environment',
    start: (stage) => {
      readdress(stage, 'https://genesys-cloud.invalid');
      return () => undefined;
    },
  },
];

function readdress({ environment }: Stage, url: string): void {
  environment['GENESYSCLOUD_LOGIN_URL'] = url;
  environment['GENESYSCLOUD_API_URL'] = url;
  environment['GENESYSCLOUD_ORG_SOCKET_URL'] = `${url.replace(/^http/, 'ws')}/websocket`;
}

/** A port that was free a moment ago. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The server had no port');
  return address.port;
}
