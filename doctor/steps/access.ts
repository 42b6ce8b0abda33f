import { DIALECTS } from '../../listener/contract/vocabulary.ts';
import type { Evidence } from '../../listener/diagnosis/evidence.ts';
import { LEAST_SECONDS_LEFT } from '../../listener/diagnosis/rules/token.ts';
import { MOST_CLOCK_OFFSET_MS } from '../../listener/diagnosis/sight-rules.ts';
import { WEBSOCKET_SCOPE } from '../../listener/genesys/org-socket/settings.ts';
import type { Examination } from '../examination.ts';
import type { Step, StepOutcome } from '../step.ts';
import { askAboutToken, type TokenAnswer } from '../token-questions.ts';
import { codeOf } from './reaching.ts';

const DATE_TIMEOUT_MS = 15_000;
/** Without this scope the org socket has no events of conversations for a token. */
const CONVERSATION_SCOPE = 'view:conversation';

/** Compares the clocks, by the `Date` header of whatever the login host answers. */
export const clockStep: Step = {
  id: 'clock',
  title: 'Clocks',
  dialects: DIALECTS,
  needs: ['tls'],
  run: async (examination) => {
    const { clock } = examination;
    const { loginUrl } = examination.need('config').hosts;
    const startMs = clock.monotonic();
    const sentAt = clock.now();
    const response = await fetch(`${loginUrl}/`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(DATE_TIMEOUT_MS),
    }).catch((error: unknown) => error);
    const tookMs = clock.monotonic() - startMs;
    if (!(response instanceof Response))
      return { status: 'warning', summary: `no answer (${causeCode(response)})` };
    await response.body?.cancel();
    examination.answered(tookMs);
    const date = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(date)) return { status: 'warning', summary: 'the login host gives no Date' };
    const offsetMs = clockOffset(date, sentAt, clock.now());
    examination.clockOffsetMs = offsetMs;
    const isOff = Math.abs(offsetMs) >= MOST_CLOCK_OFFSET_MS;
    const host = new URL(loginUrl).hostname;
    return {
      status: isOff ? 'failed' : 'ok',
      summary:
        offsetMs === 0
          ? 'the same, as far as whole seconds tell'
          : `the server's is ${Math.abs(Math.round(offsetMs / 1000))} s ${offsetMs < 0 ? 'behind' : 'ahead'}`,
      evidence: [{ kind: 'clock-offset', host, offsetMs }],
      facts: { offsetSeconds: Math.round(offsetMs / 1000) },
    };
  },
};

/**
 * By how much a clock is ahead of ours, in milliseconds. `Date` has whole seconds and was written somewhere between the
 * request and its answer: within that, not at all. All times in milliseconds since the epoch.
 */
export function clockOffset(date: number, sentAt: number, receivedAt: number): number {
  if (date + 1000 < sentAt) return date + 1000 - sentAt;
  return date > receivedAt ? date - receivedAt : 0;
}

/** Logs in. */
export const loginStep: Step = {
  id: 'login',
  title: 'Login',
  dialects: DIALECTS,
  needs: ['tls', 'credentials'],
  run: async (examination) => {
    const clients = examination.clients();
    const login = await examination.call('login', () => clients.tokens.token());
    if (!login.ok) return { status: 'failed', summary: login.summary, evidence: [login.evidence] };
    const token = login.value;
    examination.find({ clients, token });
    const seconds = Math.round(token.lifetimeMs / 1000);
    return { status: 'ok', summary: `a token for ${seconds} s`, facts: { expiresIn: seconds } };
  },
};

/** Asks what the token is worth. */
export const tokenStep: Step = {
  id: 'token',
  title: 'Token',
  dialects: DIALECTS,
  needs: ['login'],
  run: async (examination) => {
    const answer = await askAboutToken(examination, examination.need('token'), 'before');
    if (answer.claims) examination.find({ claims: answer.claims });
    return { ...outcomeOf(answer, examination), evidence: answer.evidence };
  },
};

function outcomeOf(
  { asked, claims, isRefused, evidence }: TokenAnswer,
  examination: Examination,
): StepOutcome {
  const secondsLeft = claims?.exp === undefined ? undefined : claims.exp - examination.serverSeconds;
  const aheadSeconds = claims?.validFrom === undefined ? 0 : claims.validFrom - examination.serverSeconds;
  const least = examination.need('config').dialect.name === 'org-socket' ? LEAST_SECONDS_LEFT : 1;
  const problems = [
    isRefused && 'not active',
    secondsLeft !== undefined && secondsLeft < least && `${secondsLeft} s left, ${least} are needed`,
    aheadSeconds > 3 && `not valid before ${aheadSeconds} s from now`,
  ].filter((problem) => problem !== false);
  const left = secondsLeft === undefined ? '' : `, ${secondsLeft} s left`;
  const failed = evidence.some(({ kind }) => kind === 'refused-call' || kind === 'unanswered-call');
  return {
    status: problems.length > 0 ? 'failed' : failed ? 'warning' : 'ok',
    summary: `${asked}: ${problems.length > 0 ? problems.join('; ') : `in order${left}`}`,
    facts: { asked, active: !isRefused, secondsLeft, scopes: claims?.scopes },
  };
}

/** Holds the scopes of the token against what the org socket wants. */
export const scopesStep: Step = {
  id: 'scopes',
  title: 'Scopes',
  dialects: ['org-socket'],
  needs: ['login'],
  run: async (examination) => {
    const claims = examination.has('claims');
    if (claims?.scopes === undefined)
      return { status: 'warning', summary: 'nothing tells the scopes of the token' };
    const { scopes, source } = claims;
    const evidence: Evidence[] = [];
    if (!scopes.includes(WEBSOCKET_SCOPE))
      evidence.push({ kind: 'scope-missing', scope: WEBSOCKET_SCOPE, source });
    if (!scopes.includes(CONVERSATION_SCOPE))
      evidence.push({
        kind: 'permission-missing',
        what: `Conversations are not for this client: its token has no scope ${CONVERSATION_SCOPE}, which`,
        permissions: ['conversation:communication:view'],
      });
    return {
      status: evidence.length > 0 ? 'failed' : 'ok',
      summary: scopes.join(' ') || 'none',
      evidence,
      facts: { scopes },
    };
  },
};

function causeCode(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : codeOf(error);
}
