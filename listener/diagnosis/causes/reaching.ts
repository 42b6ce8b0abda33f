import { DIALECTS } from '../../contract/vocabulary.ts';
import type { Cause } from './cause.ts';

/** What keeps a client from the host, or from the socket behind it. */
export const REACHING_CAUSES = {
  'config-invalid': {
    title: 'The configuration cannot be used',
    explanation:
      'A setting is missing or has a value that cannot be used. Nothing was connected to, so nothing else is known yet.',
    toldBy: 'reading the environment, before anything is sent',
    fix: [
      'Put each setting right that is named above.',
      'See all settings and their defaults: `conversation-bridge start --help`.',
    ],
    dialects: DIALECTS,
    group: 'Before anything is connected',
  },
  'credentials-missing': {
    title: 'There are no credentials',
    explanation:
      'Neither the environment nor the secret holds the id and the secret of an OAuth client, or the secret cannot be read. Without them nobody logs in.',
    toldBy: 'reading the environment and the secret',
    fix: [
      'Set `GENESYSCLOUD_OAUTHCLIENT_ID` and `GENESYSCLOUD_OAUTHCLIENT_SECRET`, or `GENESYS_SECRET_ID`.',
      'A secret must hold `{"clientId":"…","clientSecret":"…"}`.',
      'On AWS, let the role read the secret: `secretsmanager:GetSecretValue`, and `kms:Decrypt` for a key of your own.',
    ],
    dialects: DIALECTS,
    group: 'Before anything is connected',
  },
  'client-unknown': {
    title: 'The OAuth client is unknown in this region',
    explanation:
      'The login answers 400 `invalid_client` when no client has this id. Clients belong to one organisation in one region, so the right id with the wrong region gives the same answer.',
    toldBy: 'the login answers 400 `invalid_client`',
    fix: [
      'Compare the client id with Admin > Integrations > OAuth, character by character.',
      'Compare `GENESYSCLOUD_REGION` with the region of the organisation.',
      'See that the client was not deleted or disabled.',
    ],
    dialects: DIALECTS,
    group: 'Before anything is connected',
  },
  'secret-wrong': {
    title: 'The client secret is wrong',
    explanation:
      'The login knows the client id but refuses the secret with 401. Most often the secret was renewed and the old one is still in use.',
    toldBy: 'the login answers 401',
    fix: [
      'Copy the secret again from Admin > Integrations > OAuth, without spaces or line breaks.',
      'If it was renewed, store the new one where the listener reads it; a running listener notices by itself.',
    ],
    dialects: DIALECTS,
    group: 'Before anything is connected',
  },
  'dns-failed': {
    title: 'A host name does not resolve',
    explanation:
      'No address is found for a host of Genesys Cloud. Either the name is wrong (region, organisation id) or this network has no working resolver, as in a subnet without DNS.',
    toldBy: 'the lookup of the name fails',
    fix: [
      'Compare the region and, on the org socket, the organisation id.',
      'Look the name up from the same host; in a VPC, see that `enableDnsSupport` is on and that the resolver lets the name through.',
    ],
    dialects: DIALECTS,
    group: 'The way to the host',
  },
  'tcp-refused': {
    title: 'The host refuses the connection',
    explanation:
      'The host answers that nothing listens at this address and port. It is another host than meant, or a firewall that refuses instead of dropping.',
    toldBy: 'the TCP connection ends with ECONNREFUSED or ECONNRESET',
    fix: [
      'Compare host and port of the addresses, above all of those that were set by hand.',
      'See that outgoing TCP to port 443 is allowed.',
    ],
    dialects: DIALECTS,
    group: 'The way to the host',
  },
  'tcp-timeout': {
    title: 'The host does not answer',
    explanation:
      'Packets to the host get no answer. Usually a firewall or security group drops them, or a private subnet has no way out (no NAT, no route).',
    toldBy: 'the TCP connection is not there after 10 seconds, or the network is unreachable',
    fix: [
      'In a VPC, see that the subnet has a route to a NAT or internet gateway, and that the security group lets TCP 443 out.',
      'If the organisation allows only listed addresses, add the address that this network shows outside.',
    ],
    dialects: DIALECTS,
    group: 'The way to the host',
  },
  'wrong-path': {
    title: 'The address of the socket is wrong',
    explanation:
      'The host is there, but it answers the request for the socket with 404: nothing is served at this path. On the org socket a wrong organisation id or region looks like this; on channels an address that was kept and not just handed out.',
    toldBy: 'the upgrade, or the login, is answered 404',
    fix: [
      'On the org socket, compare the organisation id, the region and the path `/websocket`.',
      'On channels, always use the `connectUri` that came with the channel, unchanged.',
    ],
    dialects: DIALECTS,
    group: 'The way to the host',
  },
  'upgrade-refused': {
    title: 'The upgrade to WebSocket is refused',
    explanation:
      'REST works, but the request for the socket is answered with an HTTP status other than 101. A 502 or 503 comes from a gateway or load balancer in front, a 426 or 400 from a proxy that does not pass upgrades on.',
    toldBy: 'the HTTP status of the upgrade',
    fix: [
      'See whether a proxy is in between, and let it pass `Connection: Upgrade` to these hosts.',
      'With 502, 503 or 504, try again in a few minutes and look at the status page of Genesys Cloud.',
    ],
    dialects: DIALECTS,
    group: 'The way to the host',
  },
  'upgrade-unauthorized': {
    title: 'The socket refuses this client',
    explanation:
      'The request for the socket is answered 401 or 403, although the token works for REST. The channel belongs to another or a dead token, or something in front of the socket demands a login or another Origin of its own.',
    toldBy: 'the upgrade is answered 401 or 403',
    fix: [
      'Take a new token, make a new channel with it, and connect to that one.',
      'If it stays so, see what is in front of the socket: a proxy that wants a login, a list of allowed addresses.',
      'On the org socket, see that the request carries a `User-Agent` and a registered `Origin`.',
    ],
    dialects: DIALECTS,
    group: 'The way to the host',
  },
  'foreign-connect-uri': {
    title: 'The address of the socket is a stranger’s',
    explanation:
      'The API handed out a socket address whose host is not in the configured region, or that is not encrypted. It was not used: whoever holds that host would read every conversation.',
    toldBy: 'the host of the `connectUri` against the configured region',
    fix: [
      'See whether something between here and the API changes answers.',
      'If the region is new to this program, set `GENESYSCLOUD_REGION` to its base domain, or update the program.',
    ],
    dialects: ['channels'],
    group: 'The way to the host',
  },
  'tls-intercepted': {
    title: 'Something in between opens the encryption',
    explanation:
      'The certificate of the host was not issued by a public authority: a company gateway opens TLS and closes it again with a certificate of its own. Such boxes often cut or swallow WebSockets.',
    toldBy: 'the issuer of the certificate, against the public authorities',
    fix: [
      'Have the hosts of Genesys Cloud taken out of inspection: that is what vendors of such gateways advise for WebSockets.',
      'If inspection must stay, let Node.js trust the company’s authority: `NODE_EXTRA_CA_CERTS=/path/to/authority.pem`.',
    ],
    dialects: DIALECTS,
    group: 'Something in between',
  },
  'proxy-drops-upgrade': {
    title: 'Something in between swallows the upgrade',
    explanation:
      'REST works, but the request to become a WebSocket is never answered, or the connection is reset. A proxy or firewall does not know upgrades, or forbids them.',
    toldBy: 'the upgrade gets no answer or a reset, while REST to the same region is answered',
    fix: [
      'Try from another network. If it works there, it is this network.',
      'Have the proxy or firewall pass WebSockets to the hosts of Genesys Cloud, or go round it.',
    ],
    dialects: DIALECTS,
    group: 'Something in between',
  },
} as const satisfies Record<string, Cause>;
