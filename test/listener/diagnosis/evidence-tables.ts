import type { Dialect } from '../../../listener/contract/vocabulary.ts';
import type { Evidence, EvidenceOf } from '../../../listener/diagnosis/evidence.ts';

const cut = (more: Partial<EvidenceOf<'socket-ended'>> = {}): Evidence => ({
  kind: 'socket-ended',
  closeCode: 1006,
  reason: '',
  stage: 'alive',
  lastSent: { what: 'ping', agoMs: 9_000 },
  lastReceived: { what: 'pong', agoMs: 8_000 },
  openMs: 60_000,
  subscribedMs: 59_000,
  events: 0,
  ...more,
});
export const refused = (
  call: EvidenceOf<'refused-call'>['call'],
  status: number,
  code = `http.${status}`,
): Evidence => ({
  kind: 'refused-call',
  call,
  status,
  code,
});
const token = (more: Partial<EvidenceOf<'token'>>): Evidence => ({
  kind: 'token',
  source: 'introspection',
  moment: 'before',
  active: true,
  ...more,
});
const gone: Evidence = { kind: 'announcement', what: 'channel-gone', text: 'result 404' };
const HOUR = 3_600_000;

/** What is seen, what a diagnosis names for it, and the dialect where it is not channels. */
type Row = readonly [
  what: string,
  evidence: readonly Evidence[],
  causes: readonly string[],
  dialect?: Dialect,
];

const rows = (table: readonly Row[]) =>
  table.map(([what, evidence, causes, dialect = 'channels']) => ({ what, evidence, causes, dialect }));

/** What speaks for itself. */
export const SEEN = rows([
  ['nothing', [], []],
  ['a bad setting', [{ kind: 'configuration-problem', problem: 'X: wrong' }], ['config-invalid certain']],
  [
    'a name without address',
    [{ kind: 'name-unresolved', host: 'h', code: 'ENOTFOUND' }],
    ['dns-failed certain'],
  ],
  [
    'a refused connection',
    [{ kind: 'host-unreachable', host: 'h', code: 'ECONNREFUSED', afterMs: 1 }],
    ['tcp-refused certain'],
  ],
  [
    'a host that is silent',
    [{ kind: 'host-unreachable', host: 'h', code: 'ETIMEDOUT', afterMs: 1 }],
    ['tcp-timeout certain'],
  ],
  [
    'a stranger’s certificate',
    [{ kind: 'certificate-untrusted', host: 'h', issuer: 'i', code: 'SELF_SIGNED_CERT_IN_CHAIN' }],
    ['tls-intercepted certain'],
  ],
  [
    'an expired certificate',
    [{ kind: 'certificate-untrusted', host: 'h', issuer: 'i', code: 'CERT_HAS_EXPIRED' }],
    ['clock-skew likely', 'tls-intercepted possible'],
  ],
  ['a private authority where all works', [{ kind: 'certificate-private', host: 'h', issuer: 'i' }], []],
  [
    'a private authority and no socket',
    [
      { kind: 'certificate-private', host: 'h', issuer: 'i' },
      { kind: 'upgrade-unanswered', code: 'ETIMEDOUT', afterMs: 1 },
    ],
    ['tls-intercepted likely', 'proxy-drops-upgrade likely'],
  ],
  ['an unknown client', [refused('login', 400, 'invalid_client')], ['client-unknown certain']],
  ['a wrong secret', [refused('login', 401, 'invalid_client')], ['secret-wrong certain']],
  ['too many requests', [refused('channel-create', 429)], ['rate-limited certain']],
  ['a failing server', [refused('topics', 503)], ['server-error certain']],
  [
    'a missing scope',
    [refused('channel-list', 403, 'app.not.authorized.for.scope')],
    ['scope-missing certain'],
  ],
  [
    'a call that is forbidden',
    [refused('topics', 403, 'missing.permissions')],
    ['permission-missing likely'],
  ],
  ['a login that is not there', [refused('login', 404)], ['wrong-path likely']],
  ['a server without introspection', [refused('introspection', 404)], []],
  [
    'a token that is refused',
    [refused('channel-list', 401)],
    ['token-invalid likely', 'token-expired possible', 'token-revoked possible'],
  ],
  [
    'a token that is refused, and a second that is not',
    [refused('channel-list', 401), { kind: 'experiment', experiment: 'fresh-token', better: true }],
    ['token-revoked certain'],
  ],
  [
    'no answer to a call',
    [{ kind: 'unanswered-call', call: 'login', code: 'ETIMEDOUT', afterMs: 1 }],
    ['tcp-timeout likely', 'network-slow possible'],
  ],
  [
    'a call cut short',
    [{ kind: 'unanswered-call', call: 'login', code: 'ECONNRESET', afterMs: 1 }],
    ['connection-reset possible'],
  ],
  ['quick answers', [{ kind: 'answer-time', medianMs: 1_400, answers: 5 }], []],
  ['slow answers', [{ kind: 'answer-time', medianMs: 1_500, answers: 5 }], ['network-slow certain']],
  ['clocks a little apart', [{ kind: 'clock-offset', host: 'h', offsetMs: -59_000 }], []],
  ['clocks apart', [{ kind: 'clock-offset', host: 'h', offsetMs: -60_000 }], ['clock-skew certain']],
  ['an ended token', [token({ active: false, secondsLeft: 0 })], ['token-expired certain']],
  [
    'an ended token that the API refuses',
    [refused('channel-list', 401), token({ secondsLeft: -1 })],
    ['token-expired certain'],
  ],
  ['a short token', [token({ secondsLeft: 599 })], ['token-too-short certain'], 'org-socket'],
  ['a short token on channels', [token({ secondsLeft: 599 })], []],
  ['a token with enough left', [token({ secondsLeft: 600 })], [], 'org-socket'],
  [
    'a token of tomorrow',
    [token({ aheadSeconds: 4, secondsLeft: 900 })],
    ['clock-skew certain'],
    'org-socket',
  ],
  ['a token within the grain of clocks', [token({ aheadSeconds: 3 })], []],
  [
    'a token that was never active',
    [token({ active: false })],
    ['token-invalid likely', 'token-revoked possible'],
  ],
  [
    'a token that no longer is',
    [token({}), token({ moment: 'after', active: false })],
    ['token-revoked certain'],
  ],
  [
    'a lacking scope',
    [{ kind: 'scope-missing', scope: 's', source: 'introspection' }],
    ['scope-missing certain'],
    'org-socket',
  ],
  [
    'a rejected topic',
    [{ kind: 'permission-missing', what: 't', permissions: ['p'] }],
    ['permission-missing certain'],
  ],
  ['an unknown topic', [{ kind: 'topic-unknown', topic: 't', reason: 'r' }], ['topic-unknown certain']],
  ['19 channels', [{ kind: 'channels', count: 19, most: 20 }], []],
  ['20 channels', [{ kind: 'channels', count: 20, most: 20 }], ['too-many-channels certain']],
  ['a foreign address', [{ kind: 'foreign-connect-uri', problem: 'p' }], ['foreign-connect-uri certain']],
  ['an upgrade answered 401', [{ kind: 'upgrade-refused', status: 401 }], ['upgrade-unauthorized certain']],
  [
    'an upgrade answered 404',
    [{ kind: 'upgrade-refused', status: 404 }],
    ['wrong-path likely', 'proxy-drops-upgrade possible'],
  ],
  ['an upgrade answered 502', [{ kind: 'upgrade-refused', status: 502 }], ['upgrade-refused certain']],
  [
    'an upgrade not answered',
    [{ kind: 'upgrade-unanswered', code: 'ECONNRESET', afterMs: 1 }],
    ['proxy-drops-upgrade likely'],
  ],
  [
    'maintenance',
    [{ kind: 'announcement', what: 'socket-closing', text: 't' }, cut({ closeCode: 1001 })],
    ['maintenance certain'],
  ],
  [
    'a channel that was taken',
    [{ kind: 'announcement', what: 'channel-taken', text: 't' }, cut()],
    ['second-connection certain'],
  ],
  [
    'a server that says what is wrong',
    [{ kind: 'announcement', what: 'error', text: 'subscription.no.filter: The subscription has no filter' }],
    ['subscribe-no-filter certain'],
    'org-socket',
  ],
  [
    'a server that says something else',
    [{ kind: 'announcement', what: 'error', text: 'oops' }],
    [],
    'org-socket',
  ],
  ['Lambda where all works', [{ kind: 'runtime', runtime: 'lambda' }], []],
  ['a late timer', [{ kind: 'process-paused', pausedMs: 5_000 }, cut()], ['process-frozen certain']],
  ['a busy processor', [{ kind: 'process-paused', pausedMs: 4_999 }], []],
]);

/** How connections end, with what else was seen. */
export const ENDED = rows([
  ['for nothing that was seen', [cut()], ['connection-reset likely']],
  [
    'after a minute of silence',
    [cut({ lastReceived: { what: 'event', agoMs: 60_000 } })],
    ['idle-timeout likely'],
  ],
  [
    'after 350 s of silence',
    [cut({ lastReceived: { what: 'event', agoMs: 351_000 } })],
    ['idle-timeout certain'],
  ],
  ['with a ping that waited', [cut({ pingUnansweredMs: 3_000 })], ['idle-timeout likely']],
  [
    'with a code, and the channel is there',
    [cut({ closeCode: 1001 }), { kind: 'channel', ageMs: 9, exists: true }],
    ['second-connection likely'],
  ],
  ['with a code on the org socket', [cut({ closeCode: 1011 })], ['connection-reset possible'], 'org-socket'],
  [
    'with a young channel',
    [gone, cut(), { kind: 'channel', ageMs: 9, exists: false }],
    ['channel-evicted likely', 'channel-expired possible'],
  ],
  ['with an old channel', [gone, cut(), { kind: 'channel', ageMs: 24 * HOUR }], ['channel-expired certain']],
  [
    'with a channel that was to end',
    [gone, cut(), { kind: 'channel', ageMs: HOUR, expiresInMs: 0 }],
    ['channel-expired certain'],
  ],
  [
    'with a full list of channels',
    [{ kind: 'channels', count: 19, most: 20 }, gone, cut()],
    ['channel-evicted certain'],
  ],
  [
    'with the channel gone, and the token too',
    [token({}), gone, cut(), token({ moment: 'after', active: false })],
    ['token-revoked certain'],
  ],
  [
    'in Lambda, after it had worked',
    [{ kind: 'runtime', runtime: 'lambda' }, cut()],
    ['process-frozen likely'],
  ],
  [
    'in Lambda, before it worked',
    [{ kind: 'runtime', runtime: 'lambda' }, cut({ stage: 'subscribed' })],
    ['connection-reset likely', 'process-frozen possible'],
  ],
  [
    'right after the confirmation',
    [cut({ stage: 'subscribed', subscribedMs: 5 })],
    ['origin-not-registered likely', 'connection-reset possible'],
    'org-socket',
  ],
  [
    'right after the login',
    [cut({ stage: 'auth-sent', subscribedMs: undefined, lastSent: { what: 'auth', agoMs: 5 } })],
    ['origin-not-registered likely', 'connection-reset possible'],
    'org-socket',
  ],
  [
    'right after the confirmation, but with events',
    [cut({ subscribedMs: 5, events: 1 })],
    ['connection-reset likely'],
    'org-socket',
  ],
  [
    'a while after the confirmation',
    [cut({ stage: 'subscribed', subscribedMs: 1_501 })],
    ['connection-reset likely'],
    'org-socket',
  ],
  [
    'with an Origin, but not without',
    [cut({ subscribedMs: 5 }), { kind: 'experiment', experiment: 'without-origin', better: true }],
    ['origin-not-registered certain'],
    'org-socket',
  ],
  [
    'for a message too large',
    [{ kind: 'frame-too-large', limitBytes: 9 }, cut()],
    ['frame-too-large certain'],
  ],
  [
    'for a faulty subscription',
    [
      { kind: 'payload-finding', cause: 'subscribe-no-id', message: 'm', line: 1, column: 1 },
      cut({ subscribedMs: 5 }),
    ],
    ['subscribe-no-id certain'],
    'org-socket',
  ],
  [
    'for a faulty subscription, and for a sound one as well',
    [
      { kind: 'payload-finding', cause: 'subscribe-no-id', message: 'm', line: 1, column: 1 },
      cut({ subscribedMs: 5 }),
      { kind: 'experiment', experiment: 'minimal-subscription', better: false },
    ],
    ['subscribe-no-id certain', 'origin-not-registered likely', 'connection-reset possible'],
    'org-socket',
  ],
  [
    'with a rejected topic, which ends no channel',
    [{ kind: 'permission-missing', what: 't', permissions: [] }, cut()],
    ['permission-missing certain', 'connection-reset likely'],
  ],
  [
    'not at all, but is silent',
    [{ kind: 'silence', silentMs: 9_000, pings: 2, stage: 'subscribed' }],
    ['heartbeat-missing certain'],
  ],
]);
