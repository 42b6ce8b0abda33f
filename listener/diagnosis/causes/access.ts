import { DIALECTS } from '../../contract/vocabulary.ts';
import type { Cause } from './cause.ts';

/** What the token is worth, and what it may do. */
export const ACCESS_CAUSES = {
  'token-invalid': {
    title: 'The token is not accepted',
    explanation:
      'The server does not know the token. It comes from another region or environment, was cut or quoted on its way, or is not an access token at all.',
    toldBy: 'introspection says `active: false`, or the API answers 401, for a token that is fresh',
    fix: [
      'See that login, API and socket belong to the same region.',
      'Send the value of `access_token` as it came, with nothing around it.',
    ],
    dialects: DIALECTS,
    group: 'The token',
  },
  'token-expired': {
    title: 'The token has expired',
    explanation:
      'The end of the token’s life has passed. A channel dies with the token that made it, and the org socket cuts a connection that shows an expired one.',
    toldBy: '`exp` of the token against the present time; on opaque tokens a 401',
    fix: [
      'Log in again before the end of `expires_in`, and open the new connection with the new token.',
      'Do not keep tokens across restarts.',
    ],
    dialects: DIALECTS,
    group: 'The token',
  },
  'token-too-short': {
    title: 'The token has too little time left',
    explanation:
      'The org socket wants a token with at least ten minutes left at the handshake, and cuts the connection otherwise. OAuth clients may have tokens of five minutes.',
    toldBy: '`exp` of the token against the present time',
    fix: [
      'Set the token duration of the OAuth client (Admin > Integrations > OAuth) to well over ten minutes; 24 hours is the default.',
      'Take a new token for each connection.',
    ],
    dialects: ['org-socket'],
    group: 'The token',
  },
  'token-revoked': {
    title: 'The token was revoked',
    explanation:
      'The token was good and is no longer, although its time is not over. Someone deleted or disabled the OAuth client, renewed its secret, or ended its sessions.',
    toldBy: 'a `token_revoked` message, or a token that was active before the end and is not after it',
    fix: [
      'Look into the audit log of the organisation for changes of the OAuth client.',
      'Log in again. If that fails, the client or its secret has changed.',
    ],
    dialects: DIALECTS,
    group: 'The token',
  },
  'scope-missing': {
    title: 'The token lacks a scope',
    explanation:
      'Channels need the scope `notifications`, the org socket needs `notification:websocket:read`. Tokens of client credentials often lack the second, and the socket is cut without a word.',
    toldBy: 'introspection, the scopes in `auth-success`, or 403 `app.not.authorized.for.scope`',
    fix: [
      'Add the scope to the OAuth client (Admin > Integrations > OAuth).',
      'Log in again: scopes are fixed in a token when it is issued.',
    ],
    dialects: DIALECTS,
    group: 'What the token may do',
  },
  'permission-missing': {
    title: 'The client lacks a permission',
    explanation:
      'The roles of the OAuth client do not allow what was subscribed to, or not in the division it lies in. Without `ignoreErrors` one such topic makes the whole subscription fail.',
    toldBy:
      'rows of the subscription with `missingPermissions`; on the org socket, a token without the scope `view:conversation`',
    fix: [
      'Give a role of the OAuth client the permissions that are named above.',
      'Assign that role for the divisions of the queues and users in question.',
      'Log in again.',
    ],
    dialects: DIALECTS,
    group: 'What the token may do',
  },
  'topic-unknown': {
    title: 'A topic does not exist',
    explanation:
      'The organisation has no topic of this name, or the id in it belongs to nothing that the client may see. Names are exact, and each id stands in one place.',
    toldBy: 'the list of available topics, and rejected rows with no missing permission',
    fix: [
      'Compare the name with what `conversation-bridge topics` shows.',
      'Prefer `queue:<name>`, `user:<email>` and `queues:*`: they are looked up.',
    ],
    dialects: ['channels'],
    group: 'What the token may do',
  },
  'clock-skew': {
    title: 'The clocks are apart',
    explanation:
      'The clock here and the clock of the server differ. A token that is valid by one clock is not yet valid, or no longer, by the other, and the org socket cuts the connection for it.',
    toldBy: 'the `Date` header of the login host against the local clock; `nbf` and `iat` of the token',
    fix: [
      'Set the clock by the network (NTP). On AWS that is 169.254.169.123.',
      'In a container, set the clock of the host: a time zone (`TZ`, `/etc/localtime`) does not move the clock.',
    ],
    dialects: DIALECTS,
    group: 'The clocks',
  },
  'origin-not-registered': {
    title: 'The Origin is not registered',
    explanation:
      'The org socket compares the `Origin` header with the domains registered for the OAuth client, and cuts the connection when it is none of them. Programs that are no browsers send no `Origin` by themselves.',
    toldBy:
      'the header that is sent against the registered domains; the connection fares better with another Origin, or without',
    fix: [
      'See which domains are registered for the OAuth client.',
      'Send exactly one of them, with scheme and without a path, e.g. `https://bridge.example.com`.',
    ],
    dialects: ['org-socket'],
    group: 'The Origin header',
  },
} as const satisfies Record<string, Cause>;
