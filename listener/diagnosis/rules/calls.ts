import type { CallName, EvidenceOf, Findings } from '../evidence.ts';
import type { Judgement } from '../judgement.ts';

const WORDS: Readonly<Record<CallName, string>> = {
  login: 'The login',
  introspection: 'The introspection of the token',
  'token-description': 'The description of the token',
  topics: 'The lookup of the topics',
  'channel-list': 'The list of channels',
  'channel-create': 'Making a channel',
  'channel-check': 'The check of the channel',
  subscribe: 'The subscription',
};

const SCOPE_CODES = new Set(['app.not.authorized.for.scope']);
const UNREACHABLE = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'EHOSTUNREACH', 'ENETUNREACH']);
const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN']);
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO/;

/** An answer that says no: what its status and code stand for. */
export function judgeRefusedCall(
  { call, status, code, retryAfterMs }: EvidenceOf<'refused-call'>,
  all: Findings,
): readonly Judgement[] {
  const because = `${WORDS[call]} was answered ${status} (${code}).`;
  if (status === 429) {
    const wait = retryAfterMs === undefined ? '' : ` It asks to wait ${Math.round(retryAfterMs / 1000)} s.`;
    return [{ cause: 'rate-limited', confidence: 'certain', because: because + wait, question: 'limits' }];
  }
  if (status >= 500) return [{ cause: 'server-error', confidence: 'certain', because, question: 'limits' }];
  // Where there is no introspection, the token tells enough by itself.
  if (call === 'introspection' && status === 404) return [];
  if (call === 'login' || call === 'introspection') return judgeLogin(status, code, because);
  if (status === 401) return tokenRefused(because, all);
  if (status === 403)
    return SCOPE_CODES.has(code)
      ? [
          {
            cause: 'scope-missing',
            confidence: 'certain',
            because,
            question: 'rights',
            endsConnections: true,
          },
        ]
      : [{ cause: 'permission-missing', confidence: 'likely', because, question: 'rights' }];
  // A channel that is gone is judged with the end of its connection.
  if (status === 404) return call === 'channel-check' || call === 'subscribe' ? [] : wrongPath(because);
  return [{ cause: 'config-invalid', confidence: 'possible', because, question: 'login' }];
}

/** No answer at all, by the system's code. */
export function judgeUnansweredCall({
  call,
  code,
  afterMs,
}: EvidenceOf<'unanswered-call'>): readonly Judgement[] {
  const because = `${WORDS[call]} got no answer (${code}, after ${Math.round(afterMs)} ms).`;
  const way = { because, question: 'way' } as const;
  if (UNRESOLVED.has(code)) return [{ cause: 'dns-failed', confidence: 'certain', ...way }];
  if (code === 'ECONNREFUSED') return [{ cause: 'tcp-refused', confidence: 'certain', ...way }];
  if (CERTIFICATE.test(code)) return [{ cause: 'tls-intercepted', confidence: 'certain', ...way }];
  const next =
    'Run the doctor with more patience from the same place, and measure the time of single requests.';
  if (UNREACHABLE.has(code))
    return [
      { cause: 'tcp-timeout', confidence: 'likely', next, ...way },
      { cause: 'network-slow', confidence: 'possible', next, ...way },
    ];
  return [{ cause: 'connection-reset', confidence: 'possible', ...way }];
}

function judgeLogin(status: number, code: string, because: string): readonly Judgement[] {
  const login = { because, question: 'login' } as const;
  if (status === 401) return [{ cause: 'secret-wrong', confidence: 'certain', ...login }];
  if (code === 'invalid_client') return [{ cause: 'client-unknown', confidence: 'certain', ...login }];
  if (status === 404) return wrongPath(because);
  return [{ cause: 'config-invalid', confidence: 'likely', ...login }];
}

const wrongPath = (because: string): readonly Judgement[] => [
  { cause: 'wrong-path', confidence: 'likely', because, question: 'way' },
];

/** An opaque token tells nothing of itself, so all that a 401 can mean stays. */
function tokenRefused(because: string, all: Findings): readonly Judgement[] {
  const next =
    'Look at the OAuth client in Admin > Integrations > OAuth: is it enabled, and how long do its tokens last?';
  const refreshed = all.every('experiment').find(({ experiment }) => experiment === 'fresh-token');
  const token = { question: 'token', endsConnections: true, next } as const;
  if (refreshed?.better)
    return [
      {
        cause: 'token-revoked',
        confidence: 'certain',
        because: `${because} A token from another login was taken.`,
        question: 'token',
        endsConnections: true,
      },
    ];
  const again = refreshed === undefined ? '' : ' So was a token from another login.';
  return [
    { cause: 'token-invalid', confidence: 'likely', because: because + again, ...token },
    { cause: 'token-expired', confidence: 'possible', because: because + again, ...token },
    { cause: 'token-revoked', confidence: 'possible', because: because + again, ...token },
  ];
}
