import type { TokenDefects } from '../genesys/oauth.ts';
import { CONVERSATION_SCOPE, NOTIFICATIONS_SCOPE, WEBSOCKET_SCOPE } from '../genesys/oauth-client.ts';
import { BOTH, type Fault, type FaultDescription } from './fault.ts';

const CONVERSATION_PERMISSION = 'conversation:communication:view';
/** More than clocks are apart that are set by the network. Milliseconds. */
const SKEW_MS = 5 * 60_000;

const spoiltToken = (
  description: Pick<FaultDescription, 'id' | 'title' | 'plays' | 'dialects' | 'expectedCauses'>,
  defects: TokenDefects,
): Fault => ({
  ...description,
  moments: ['auth'],
  playedBy: 'server',
  start: ({ mock }) => mock.controls.spoilTokens(defects),
});

const wrongEnvironment = (
  description: Pick<FaultDescription, 'id' | 'title' | 'plays' | 'dialects' | 'moments' | 'expectedCauses'>,
  environment: Readonly<Record<string, string>>,
): Fault => ({
  ...description,
  playedBy: 'client-environment',
  start: (stage) => {
    Object.assign(stage.environment, environment);
    return () => undefined;
  },
});

/** Who the client is, what its token is worth, and what it may do. */
export const ACCESS_FAULTS: readonly Fault[] = [
  wrongEnvironment(
    {
      id: 'client-unknown',
      title: 'The OAuth client does not exist',
      plays: 'the login answers 400 invalid_client, client not found',
      dialects: BOTH,
      moments: ['auth'],
      expectedCauses: ['client-unknown'],
    },
    { GENESYSCLOUD_OAUTHCLIENT_ID: 'nobody' },
  ),
  wrongEnvironment(
    {
      id: 'secret-wrong',
      title: 'The client secret is wrong',
      plays: 'the login answers 401 invalid_client, authentication failed',
      dialects: BOTH,
      moments: ['auth'],
      expectedCauses: ['secret-wrong'],
    },
    { GENESYSCLOUD_OAUTHCLIENT_SECRET: 'not-the-secret' },
  ),
  spoiltToken(
    {
      id: 'token-invalid',
      title: 'The token is known to nobody',
      plays: 'the login gives a token that the other servers do not know: a JWT signed with another key',
      dialects: BOTH,
      expectedCauses: ['token-invalid'],
    },
    { forged: true },
  ),
  spoiltToken(
    {
      id: 'token-expired',
      title: 'The token is expired when it comes',
      plays: 'the login gives a token whose end (`exp`) is five minutes past',
      dialects: BOTH,
      expectedCauses: ['token-expired'],
    },
    { lifetimeSeconds: -300 },
  ),
  spoiltToken(
    {
      id: 'token-short-lived',
      title: 'The token lives too short',
      plays: 'tokens live five minutes; the org socket wants ten left at the handshake',
      dialects: ['org-socket'],
      expectedCauses: ['token-too-short'],
    },
    { lifetimeSeconds: 300 },
  ),
  spoiltToken(
    {
      id: 'token-nbf-ahead',
      title: 'The token is not valid yet',
      plays: '`nbf` and `iat` of tokens lie two minutes ahead of the clock of the org socket',
      dialects: ['org-socket'],
      expectedCauses: ['clock-skew'],
    },
    { notBeforeAheadSeconds: 120 },
  ),
  {
    id: 'token-revoked',
    title: 'The token is revoked',
    plays: 'the tokens of all clients are revoked',
    dialects: BOTH,
    moments: ['after-subscribe', 'auth', 'connect', 'subscribe', 'live'],
    expectedCauses: ['token-revoked'],
    playedBy: 'server',
    start: ({ mock, dialect, moment }) =>
      mock.controls.onMoment((passage) => {
        // The login is the same for both dialects, and is the last that happens before the token is shown.
        const login = moment === 'auth' && passage.socket === undefined;
        const there = passage.dialect === dialect && passage.moment === moment;
        if (login || there) mock.controls.endTokens('revoked');
      }),
  },
  {
    id: 'scope-missing',
    title: 'The token lacks a scope',
    plays: `tokens have no scope ${NOTIFICATIONS_SCOPE} (channels) or ${WEBSOCKET_SCOPE} (org socket)`,
    dialects: BOTH,
    moments: ['auth'],
    expectedCauses: ['scope-missing'],
    playedBy: 'server',
    start: ({ mock, dialect }) => {
      const scope = dialect === 'channels' ? NOTIFICATIONS_SCOPE : WEBSOCKET_SCOPE;
      mock.controls.denyScope(scope);
      return () => mock.controls.allowScope(scope);
    },
  },
  {
    id: 'permission-missing',
    title: 'The client lacks a permission',
    plays: `no client has ${CONVERSATION_PERMISSION}; on the org socket its tokens have no scope ${CONVERSATION_SCOPE}`,
    dialects: BOTH,
    moments: ['subscribe'],
    expectedCauses: ['permission-missing'],
    playedBy: 'server',
    start: ({ mock }) => {
      mock.controls.deny(CONVERSATION_PERMISSION);
      return () => mock.controls.allow(CONVERSATION_PERMISSION);
    },
  },
  wrongEnvironment(
    {
      id: 'topic-unknown',
      title: 'The topic does not exist',
      plays: 'the client is told to subscribe to a topic that is not there',
      dialects: ['channels'],
      moments: ['subscribe'],
      expectedCauses: ['topic-unknown'],
    },
    { TOPICS: 'v2.no.such.topic' },
  ),
  {
    id: 'origin-not-registered',
    title: 'The Origin is not registered',
    plays: 'the OAuth client has another origin registered than the one that it sends',
    dialects: ['org-socket'],
    moments: ['auth'],
    expectedCauses: ['origin-not-registered'],
    playedBy: 'server',
    start: ({ mock }) => {
      mock.controls.registerOrigins(['https://registered.example.net']);
      return () => mock.controls.registerOrigins();
    },
  },
  {
    id: 'clock-skew',
    title: 'The clocks are apart',
    plays: 'the clock of the servers (Date header, times in JWTs) is five minutes behind',
    dialects: BOTH,
    moments: ['auth'],
    expectedCauses: ['clock-skew'],
    playedBy: 'server',
    start: ({ mock }) => {
      mock.controls.skewClock(-SKEW_MS);
      return () => mock.controls.skewClock(0);
    },
  },
];
