import type { EvidenceOf, Findings } from '../evidence.ts';
import type { Judgement } from '../judgement.ts';

/** The org socket wants a token with so much left at the handshake. Seconds. */
export const LEAST_SECONDS_LEFT = 600;
/** `Date` headers and token times have whole seconds, so a little ahead is none. Seconds. */
const MOST_AHEAD_SECONDS = 3;

/** What a token says of itself, or the server of it. */
export function judgeToken(
  { source, moment, active, secondsLeft, aheadSeconds }: EvidenceOf<'token'>,
  all: Findings,
): readonly Judgement[] {
  const about = { question: 'token', endsConnections: true } as const;
  const by = source === 'introspection' ? 'by introspection' : 'by what is written in it';
  if (secondsLeft !== undefined && secondsLeft <= 0) {
    const because = `The token ended ${-secondsLeft} s ago, ${by}.`;
    return [{ cause: 'token-expired', confidence: 'certain', because, ...about }];
  }
  if (active === false) return [...inactive(moment, all), ...ahead(aheadSeconds, all)];
  if (all.dialect === 'org-socket' && secondsLeft !== undefined && secondsLeft < LEAST_SECONDS_LEFT) {
    const because = `The token has ${secondsLeft} s left, ${by}; the org socket wants ${LEAST_SECONDS_LEFT}.`;
    return [
      { cause: 'token-too-short', confidence: 'certain', because, ...about },
      ...ahead(aheadSeconds, all),
    ];
  }
  return ahead(aheadSeconds, all);
}

function ahead(aheadSeconds: number | undefined, { dialect }: Findings): readonly Judgement[] {
  if (aheadSeconds === undefined || aheadSeconds <= MOST_AHEAD_SECONDS) return [];
  return [
    {
      cause: 'clock-skew',
      confidence: 'certain',
      because: `The token is not valid before ${aheadSeconds} s from now, by the clock of the server.`,
      question: 'clock',
      endsConnections: dialect === 'org-socket',
    },
  ];
}

function inactive(moment: 'before' | 'after', all: Findings): readonly Judgement[] {
  const wasActive = all.every('token').some((token) => token.moment === 'before' && token.active === true);
  const about = { question: 'token', endsConnections: true } as const;
  if (moment === 'after')
    return wasActive
      ? [
          {
            cause: 'token-revoked',
            confidence: 'certain',
            because:
              'The token was active before the connection, and no longer is, though its time is not over.',
            ...about,
          },
        ]
      : [];
  const next =
    'Look at the OAuth client in Admin > Integrations > OAuth: is it enabled, was it changed just now?';
  const refreshed = all.every('experiment').find(({ experiment }) => experiment === 'fresh-token');
  if (refreshed?.better)
    return [
      {
        cause: 'token-revoked',
        confidence: 'certain',
        because: 'The token is not active though its time is not over; one from another login is.',
        ...about,
      },
    ];
  const because = 'Introspection says that the token is not active, right after the login.';
  return [
    { cause: 'token-invalid', confidence: 'likely', because, next, ...about },
    { cause: 'token-revoked', confidence: 'possible', because, next, ...about },
  ];
}
