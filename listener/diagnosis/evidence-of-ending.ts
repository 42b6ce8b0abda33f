import type { Dialect } from '../contract/vocabulary.ts';
import type { Ending, EndReason } from '../genesys/session/end-reason.ts';
import type { SessionState } from '../genesys/session/state.ts';
import type { ConnectionFacts } from './connection-recorder.ts';
import type { Announcement, CallName, Evidence, Stage } from './evidence.ts';
import { evidenceOfError, evidenceOfFailedOpen, systemCodeOf } from './evidence-of-error.ts';

/** What was under way in each state when a call failed. */
const CALLS: Partial<Record<SessionState, CallName>> = {
  authenticating: 'login',
  connecting: 'channel-create',
  subscribing: 'subscribe',
};
/** The close code that stands for none. */
const NO_CODE = 1005;
const CHANNEL_LIFE_MS = 24 * 3_600_000;
const LONGEST_FRAME_BYTES = 16 * 1024 * 1024;

/** One end of a connection, or of an attempt at one. */
export interface EndingSeen {
  readonly dialect: Dialect;
  readonly ending: Ending;
  /** Before the end. */
  readonly state: SessionState;
  readonly facts: ConnectionFacts;
}

type Reading = (seen: EndingSeen) => readonly Evidence[];

const announced =
  (what: Announcement): Reading =>
  ({ ending }) => [{ kind: 'announcement', what, text: ending.detail }];
const nothing: Reading = () => [];
const credentials: Reading = ({ ending }) => [{ kind: 'credentials-problem', problem: ending.detail }];
const failedCall: Reading = ({ ending, state }) => {
  const evidence = evidenceOfError(CALLS[state] ?? 'channel-check', ending.cause, 0);
  return evidence === undefined ? [] : [evidence];
};
const silence: Reading = ({ facts, state }) => [
  {
    kind: 'silence',
    silentMs: facts.lastReceived?.agoMs ?? facts.socketAgeMs ?? 0,
    pings: facts.pingUnansweredMs === undefined ? 0 : 1,
    stage: stageOf(state, facts),
  },
];
const refusedUpgrade: Reading = ({ ending }) => [{ kind: 'upgrade-refused', status: ending.httpStatus ?? 0 }];
const ended: Reading = ({ ending, state, facts }) => [
  {
    kind: 'socket-ended',
    closeCode: ending.closeCode ?? NO_CODE,
    reason: '',
    error: systemCodeOf(ending.cause),
    stage: stageOf(state, facts),
    lastSent: facts.lastSent,
    lastReceived: facts.lastReceived,
    openMs: facts.socketAgeMs ?? 0,
    subscribedMs: facts.subscribedMs,
    events: facts.events,
    pingUnansweredMs: facts.pingUnansweredMs,
  },
];

/** What each reason says to the rules that the doctor goes by, too. */
const READINGS: Readonly<Record<EndReason, Reading>> = {
  'stop-requested': nothing,
  'credentials-missing': credentials,
  'credentials-malformed': credentials,
  'credentials-unreadable': credentials,
  'login-refused': failedCall,
  unauthorized: failedCall,
  forbidden: failedCall,
  'no-topic-permitted': () => [
    { kind: 'permission-missing', what: 'Everything that was to be subscribed to', permissions: [] },
  ],
  'call-failed': failedCall,
  'foreign-connect-uri': ({ ending }) => [{ kind: 'foreign-connect-uri', problem: `${ending.detail}.` }],
  'upgrade-refused': refusedUpgrade,
  'upgrade-unauthorized': refusedUpgrade,
  'connect-failed': ({ ending }) => [evidenceOfFailedOpen(ending.cause, 'the socket', 0)],
  'token-too-short': ({ facts }) => [
    {
      kind: 'token',
      source: 'jwt',
      moment: 'before',
      secondsLeft: Math.floor((facts.tokenLeftMs ?? 0) / 1000),
    },
  ],
  'auth-refused': announced('error'),
  'scope-missing': () => [
    { kind: 'scope-missing', scope: 'notification:websocket:read', source: 'auth-success' },
  ],
  'subscription-refused': announced('error'),
  'handshake-unanswered': silence,
  'server-error': announced('error'),
  'heartbeat-missed': silence,
  'socket-closed': ended,
  'frame-over-limit': () => [{ kind: 'frame-too-large', limitBytes: LONGEST_FRAME_BYTES }],
  'server-closing': announced('socket-closing'),
  'channel-gone': (seen) => [...announced('channel-gone')(seen), ...ended(seen)],
  'channel-taken': announced('channel-taken'),
  'token-revoked': announced('token-revoked'),
  'token-expiring': nothing,
  'channel-expiring': nothing,
  'credentials-rotated': nothing,
  'internal-error': nothing,
};

/** An end of the listener's connection as the evidence that it is. */
export function evidenceOfEnding(seen: EndingSeen): Evidence[] {
  const { tokenLeftMs, expiresInMs, pausedMs } = seen.facts;
  const evidence: Evidence[] = [...READINGS[seen.ending.reason](seen)];
  if (pausedMs > 0) evidence.push({ kind: 'process-paused', pausedMs });
  if (tokenLeftMs !== undefined && tokenLeftMs <= 0)
    evidence.push({
      kind: 'token',
      source: 'jwt',
      moment: 'after',
      secondsLeft: Math.floor(tokenLeftMs / 1000),
    });
  if (expiresInMs !== undefined)
    evidence.push({ kind: 'channel', ageMs: Math.max(0, CHANNEL_LIFE_MS - expiresInMs), expiresInMs });
  return evidence;
}

function stageOf(state: SessionState, facts: ConnectionFacts): Stage {
  if (state === 'live') return facts.lastReceived === undefined ? 'subscribed' : 'alive';
  return state === 'subscribing' ? 'subscribe-sent' : facts.lastSent === undefined ? 'opened' : 'auth-sent';
}
