import type { EvidenceKind, EvidenceOf, Findings } from './evidence.ts';
import type { Judgement } from './judgement.ts';
import { judgeAnnouncement } from './rules/announcement.ts';
import { judgeRefusedCall, judgeUnansweredCall } from './rules/calls.ts';
import { judgeToken } from './rules/token.ts';

/** Clocks that are set by the network are closer than this. Milliseconds. */
export const MOST_CLOCK_OFFSET_MS = 60_000;
/** An answer that takes longer, again and again, is slow. Milliseconds. */
const SLOW_ANSWER_MS = 1_500;
/** A timer that is later than this was not late for load alone. Milliseconds. */
export const PAUSE_MS = 5_000;

const UNREACHABLE = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN']);
const CERTIFICATE_TIME = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

type Rule<Kind extends EvidenceKind> = (evidence: EvidenceOf<Kind>, all: Findings) => readonly Judgement[];

const nothing = (): readonly Judgement[] => [];
const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;

/** What each kind of evidence says by itself. How a connection ended is judged last, in the light of all else. */
export const SIGHT_RULES: { readonly [Kind in EvidenceKind]: Rule<Kind> } = {
  'configuration-problem': ({ problem }) => [
    { cause: 'config-invalid', confidence: 'certain', because: problem, question: 'login' },
  ],
  'credentials-problem': ({ problem }) => [
    { cause: 'credentials-missing', confidence: 'certain', because: problem, question: 'login' },
  ],
  'name-unresolved': ({ host, code }) => [
    {
      cause: 'dns-failed',
      confidence: 'certain',
      because: `Looking up ${host} failed with ${code}.`,
      question: 'way',
    },
  ],
  'host-unreachable': ({ host, code, afterMs }) => [
    {
      cause: UNREACHABLE.has(code) ? 'tcp-timeout' : 'tcp-refused',
      confidence: 'certain',
      because: `A TCP connection to ${host} ended with ${code} after ${seconds(afterMs)}.`,
      question: 'way',
    },
  ],
  'certificate-untrusted': ({ host, issuer, code }) => {
    const because = `The certificate of ${host} was issued by "${issuer}" and is not trusted (${code}).`;
    if (!CERTIFICATE_TIME.has(code))
      return [{ cause: 'tls-intercepted', confidence: 'certain', because, question: 'way' }];
    const next = 'Compare the date here with a clock you trust; then look at the dates of the certificate.';
    return [
      { cause: 'clock-skew', confidence: 'likely', because, question: 'clock', next },
      { cause: 'tls-intercepted', confidence: 'possible', because, question: 'way', next },
    ];
  },
  'certificate-private': ({ host, issuer }, all) => {
    const blocked = all.last('upgrade-unanswered') !== undefined || all.last('upgrade-refused') !== undefined;
    if (!blocked) return [];
    const because = `The certificate of ${host} was issued by "${issuer}", which is no public authority, and the upgrade did not get through.`;
    return [{ cause: 'tls-intercepted', confidence: 'likely', because, question: 'way' }];
  },
  'refused-call': judgeRefusedCall,
  'unanswered-call': judgeUnansweredCall,
  'answer-time': ({ medianMs, answers }) =>
    medianMs < SLOW_ANSWER_MS
      ? []
      : [
          {
            cause: 'network-slow',
            confidence: answers > 1 ? 'certain' : 'likely',
            because: `Of ${answers} answers the middle one took ${seconds(medianMs)}.`,
            question: 'limits',
          },
        ],
  'clock-offset': ({ host, offsetMs }) =>
    Math.abs(offsetMs) < MOST_CLOCK_OFFSET_MS
      ? []
      : [
          {
            cause: 'clock-skew',
            confidence: 'certain',
            because: `The clock of ${host} is ${seconds(Math.abs(offsetMs))} ${offsetMs < 0 ? 'behind' : 'ahead of'} the clock here.`,
            question: 'clock',
          },
        ],
  token: judgeToken,
  'scope-missing': ({ scope, source }) => [
    {
      cause: 'scope-missing',
      confidence: 'certain',
      because: `The scope ${scope} is not among those of the token (by ${source}).`,
      question: 'rights',
      endsConnections: true,
    },
  ],
  'permission-missing': ({ what, permissions }, { dialect }) => [
    {
      cause: 'permission-missing',
      confidence: 'certain',
      because: `${what} ${permissions.length === 0 ? 'is not permitted' : `needs ${permissions.join(', ')}`}.`,
      question: 'rights',
      endsConnections: dialect === 'org-socket',
    },
  ],
  'topic-unknown': ({ topic, reason }) => [
    {
      cause: 'topic-unknown',
      confidence: 'certain',
      because: `${topic}: ${reason}`,
      question: 'subscription',
    },
  ],
  channels: ({ count, most }) =>
    count < most
      ? []
      : [
          {
            cause: 'too-many-channels',
            confidence: 'certain',
            because: `The OAuth client has ${count} channels of the ${most} it may have.`,
            question: 'channels',
          },
        ],
  'foreign-connect-uri': ({ problem }) => [
    { cause: 'foreign-connect-uri', confidence: 'certain', because: problem, question: 'way' },
  ],
  'upgrade-refused': ({ status }) => {
    const because = `The request to open the socket was answered ${status} instead of 101.`;
    const next =
      'Run the doctor from a network without a proxy, or past the one on the way: if the socket opens, it was the proxy.';
    if (status === 404)
      return [
        { cause: 'wrong-path', confidence: 'likely', because, question: 'way', next },
        {
          cause: 'proxy-drops-upgrade',
          confidence: 'possible',
          because: `${because} A proxy that loses the Upgrade header makes a plain request of it, which is a 404, too.`,
          question: 'way',
          next,
        },
      ];
    const cause = status === 401 || status === 403 ? 'upgrade-unauthorized' : 'upgrade-refused';
    return [{ cause, confidence: 'certain', because, question: 'way' }];
  },
  'upgrade-unanswered': ({ code, afterMs }) => [
    {
      cause: 'proxy-drops-upgrade',
      confidence: 'likely',
      because: `The request to open the socket ended with ${code} after ${seconds(afterMs)}, while other requests are answered.`,
      question: 'way',
    },
  ],
  'payload-finding': ({ cause, message, line, column }, all) => [
    {
      cause,
      confidence: 'certain',
      because: `${message} (line ${line}, column ${column} of the subscribe message).`,
      question: 'subscription',
      // What cuts a connection whose subscription is in order is something else, or something more.
      endsConnections: !all
        .every('experiment')
        .some(({ experiment, better }) => experiment === 'minimal-subscription' && !better),
    },
  ],
  announcement: judgeAnnouncement,
  'socket-ended': nothing,
  silence: nothing,
  'frame-too-large': ({ limitBytes }) => [
    {
      cause: 'frame-too-large',
      confidence: 'certain',
      because: `A message was longer than the ${limitBytes} bytes that are taken.`,
      question: 'end',
      endsConnections: true,
    },
  ],
  channel: nothing,
  runtime: nothing,
  'process-paused': ({ pausedMs }) =>
    pausedMs < PAUSE_MS
      ? []
      : [
          {
            cause: 'process-frozen',
            confidence: 'certain',
            because: `A timer came ${seconds(pausedMs)} late: the process did not run meanwhile.`,
            question: 'end',
            endsConnections: true,
          },
        ],
  experiment: ({ experiment, better }) => {
    if (!better || experiment !== 'without-origin') return [];
    const because = 'Without the Origin header the connection lived, with it it did not.';
    return [
      {
        cause: 'origin-not-registered',
        confidence: 'certain',
        because,
        question: 'end',
        endsConnections: true,
      },
    ];
  },
};
