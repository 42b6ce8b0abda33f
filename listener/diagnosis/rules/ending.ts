import type { EvidenceOf, Findings } from '../evidence.ts';
import type { Judgement } from '../judgement.ts';

/** Nothing keeps a connection that is silent for so long. Milliseconds. */
const LONG_SILENCE_MS = 60_000;
/** A shorter one, if a ping stayed without an answer in it. Milliseconds. */
const UNANSWERED_MS = 3_000;
/** What AWS's NAT gateways and network load balancers wait. Milliseconds. */
const AWS_IDLE_MS = 350_000;
const AWS_IDLE_TOLERANCE_MS = 15_000;
/** What a channel lives, in milliseconds. */
const CHANNEL_LIFE_MS = 24 * 3_600_000;
const ABNORMAL = 1006;
/** So soon after the login or the subscription it may be they that are refused. Milliseconds. */
export const REFUSAL_MS = 1_500;
/** A channel is this near its end when it is about to end by itself. Milliseconds. */
const NEAR_EXPIRY_MS = 600_000;

type Ended = EvidenceOf<'socket-ended'>;
type EndingRule = (ended: Ended, all: Findings) => readonly Judgement[];

const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;
const lastWords = ({ lastSent, lastReceived }: Ended): string => {
  const sent = lastSent ? `${lastSent.what} ${Math.round(lastSent.agoMs)} ms before` : 'nothing';
  const received = lastReceived
    ? `${lastReceived.what} ${Math.round(lastReceived.agoMs)} ms before`
    : 'nothing';
  return `last sent: ${sent}; last received: ${received}`;
};

/** How an end that nothing else explains is read. The first that has an answer has the word. */
export const ENDING_RULES: readonly EndingRule[] = [
  channelGone,
  afterSilence,
  closedInForm,
  frozen,
  refusedAfterLogin,
  unexplained,
];

/** What silence on an open socket means. */
export function judgeSilence({ silentMs, pings, stage }: EvidenceOf<'silence'>): readonly Judgement[] {
  const because = `The socket is open (${stage}), but nothing came for ${seconds(silentMs)}, and ${pings} ${pings === 1 ? 'ping was' : 'pings were'} not answered.`;
  const next =
    'Run the doctor with `--seconds 360`: a device that forgets idle connections cuts this one by then.';
  return [{ cause: 'heartbeat-missing', confidence: 'certain', because, question: 'end', next }];
}

function channelGone(ended: Ended, all: Findings): readonly Judgement[] {
  const channel = all.last('channel');
  const told = all.every('announcement').find(({ what }) => what === 'channel-gone');
  if (told === undefined && channel?.exists !== false) return [];
  const said = told ? `The server said ${told.text}` : 'The channel is no longer there';
  const ageMs = channel?.ageMs ?? ended.openMs;
  const count = all.last('channels')?.count;
  const number = count === undefined ? '' : `, and the client had ${count} channels`;
  const because = `${said}. The channel was ${seconds(ageMs)} old${number}.`;
  const end = { because, question: 'end' } as const;
  const leftMs = channel?.expiresInMs ?? CHANNEL_LIFE_MS - ageMs;
  if (leftMs <= NEAR_EXPIRY_MS) return [{ cause: 'channel-expired', confidence: 'certain', ...end }];
  if (count !== undefined && count >= 19)
    return [{ cause: 'channel-evicted', confidence: 'certain', ...end }];
  const next =
    'Watch the list of channels for a while: if it grows towards 20, channels are evicted; if not, compare the ages at which they end.';
  return [
    { cause: 'channel-evicted', confidence: 'likely', next, ...end },
    { cause: 'channel-expired', confidence: 'possible', next, ...end },
  ];
}

function afterSilence(ended: Ended): readonly Judgement[] {
  const silentMs = ended.lastReceived?.agoMs ?? ended.openMs;
  const unanswered = ended.pingUnansweredMs ?? 0;
  if (silentMs < LONG_SILENCE_MS && unanswered < UNANSWERED_MS) return [];
  const isAws = Math.abs(silentMs - AWS_IDLE_MS) <= AWS_IDLE_TOLERANCE_MS;
  const aws = isAws ? ' That is what AWS NAT gateways and network load balancers wait.' : '';
  const because = `Nothing had come for ${seconds(silentMs)} when the cut came (${lastWords(ended)}).${aws}`;
  return [{ cause: 'idle-timeout', confidence: isAws ? 'certain' : 'likely', because, question: 'end' }];
}

function closedInForm(ended: Ended, all: Findings): readonly Judgement[] {
  if (ended.closeCode === ABNORMAL || ended.closeCode === 1005) return [];
  const reason = ended.reason === '' ? '' : ` and the reason "${ended.reason}"`;
  const because = `The server closed with code ${ended.closeCode}${reason}, with no announcement (${lastWords(ended)}).`;
  if (all.dialect === 'org-socket')
    return [{ cause: 'connection-reset', confidence: 'possible', because, question: 'end' }];
  const alive = all.last('channel')?.exists === true ? ' The channel is still there.' : '';
  return [{ cause: 'second-connection', confidence: 'likely', because: because + alive, question: 'end' }];
}

function frozen(ended: Ended, all: Findings): readonly Judgement[] {
  if (all.last('runtime')?.runtime !== 'lambda' || ended.stage !== 'alive') return [];
  const because = `The process runs in Lambda, which freezes it between invocations, and the connection was cut after it had worked (${lastWords(ended)}).`;
  return [{ cause: 'process-frozen', confidence: 'likely', because, question: 'end' }];
}

/** On the org socket, what isn't to be seen from outside and is refused without a word. */
function refusedAfterLogin(ended: Ended, all: Findings): readonly Judgement[] {
  if (all.dialect !== 'org-socket' || ended.stage === 'opened' || ended.events > 0) return [];
  const sinceMs = ended.subscribedMs ?? ended.lastSent?.agoMs ?? Number.POSITIVE_INFINITY;
  if (sinceMs > REFUSAL_MS) return [];
  const facts = `The cut came ${ended.subscribedMs === undefined ? 'after the login' : `${Math.round(ended.subscribedMs)} ms after the confirmation`} (${lastWords(ended)}), and token, rights and subscription are in order`;
  const tried = all.every('experiment').some(({ experiment }) => experiment === 'without-origin');
  const without = tried ? '; without an Origin it is cut as well, which a server does that demands one' : '';
  const next =
    'Send another Origin that is surely registered for the OAuth client (`ORG_SOCKET_ORIGIN`), and run again.';
  return [
    {
      cause: 'origin-not-registered',
      confidence: 'likely',
      because: `${facts}${without}.`,
      question: 'end',
      next,
    },
    ...lambdaPossible(all),
    { cause: 'connection-reset', confidence: 'possible', because: `${facts}.`, question: 'end', next },
  ];
}

function unexplained(ended: Ended, all: Findings): readonly Judgement[] {
  const error = ended.error === undefined ? '' : ` and ${ended.error}`;
  const because = `The cut is unexplained: close code ${ended.closeCode}${error}, ${seconds(ended.openMs)} after the socket was opened (${lastWords(ended)}).`;
  return [
    ...lambdaPossible(all),
    { cause: 'connection-reset', confidence: 'likely', because, question: 'end' },
  ];
}

function lambdaPossible(all: Findings): readonly Judgement[] {
  if (all.last('runtime')?.runtime !== 'lambda') return [];
  const because = 'The process runs in Lambda, which freezes it between invocations.';
  return [{ cause: 'process-frozen', confidence: 'possible', because, question: 'end' }];
}
