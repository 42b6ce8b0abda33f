import { DIALECTS } from '../../listener/contract/vocabulary.ts';
import type { Evidence } from '../../listener/diagnosis/evidence.ts';
import { REFUSAL_MS } from '../../listener/diagnosis/rules/ending.ts';
import { PAUSE_MS } from '../../listener/diagnosis/sight-rules.ts';
import type { Examination } from '../examination.ts';
import type { Step } from '../step.ts';
import { askAboutToken } from '../token-questions.ts';
import { checkChannel } from './channels.ts';

const PONG_TIMEOUT_MS = 5_000;
const PING_EVERY_MS = 2_000;
/** So long without an answer to a ping, and with nothing else, is silence. Milliseconds. */
const SILENT_AFTER_MS = 3_000;
/** Ends are noticed at once; this is how often pings and clocks are looked at. Milliseconds. */
const LOOK_EVERY_MS = 500;
/** The server sends a heartbeat every 30 s. Seconds. */
const HEARTBEAT_SECONDS = 35;

/** Asks for a first sign of life. */
export const heartbeatStep: Step = {
  id: 'heartbeat',
  title: 'First sign of life',
  dialects: DIALECTS,
  needs: ['upgrade'],
  run: async (examination) => {
    const socket = examination.need('socket');
    // A server that refuses without a word does it now; what happens after the first ping is something else.
    await socket.until(() => false, REFUSAL_MS);
    const endOf = () => socket.ended;
    const before = endOf();
    if (before) return { status: 'skipped', summary: `the connection has ended (${before.closeCode})` };
    socket.ping();
    const isAnswered = await socket.until(() => socket.isAnswering, PONG_TIMEOUT_MS);
    const after = endOf();
    if (after) return { status: 'failed', summary: `cut (${after.closeCode}) before an answer` };
    return isAnswered
      ? { status: 'ok', summary: 'the ping was answered' }
      : { status: 'failed', summary: `a ping was not answered in ${PONG_TIMEOUT_MS / 1000} s` };
  },
};

/** Watches the connection live. */
export const lifeStep: Step = {
  id: 'life',
  title: 'Life',
  dialects: DIALECTS,
  needs: ['upgrade'],
  run: async (examination) => {
    const socket = examination.need('socket');
    const { seconds } = examination.options;
    const { dialect } = examination.need('config');
    const pausedMs = await watch(examination, seconds * 1000);
    const evidence: Evidence[] = pausedMs >= PAUSE_MS ? [{ kind: 'process-paused', pausedMs }] : [];
    const { ended, events } = socket;
    const isSilent = ended === undefined && socket.unansweredMs >= SILENT_AFTER_MS;
    if (isSilent) evidence.push(socket.silence());
    evidence.unshift(...socket.evidence);
    const said = socket.evidence.filter((each) => each.kind === 'announcement').map(({ text }) => text);
    const state = ended
      ? `ended with ${ended.closeCode}${ended.reason === '' ? '' : ` (${ended.reason})`} after ${Math.round(ended.openMs)} ms`
      : isSilent
        ? 'open, but silent'
        : `open for ${seconds} s, ${events} events`;
    return {
      status: ended || isSilent || said.length > 0 ? 'failed' : 'ok',
      summary: [state, ...said, ...(dialect.name === 'channels' ? noHeartbeatYet(seconds) : [])].join('; '),
      evidence,
      facts: { events, closeCode: ended?.closeCode },
    };
  },
};

/** The first one comes after half a minute, so a short look can't see it. */
function noHeartbeatYet(seconds: number): string[] {
  return seconds < HEARTBEAT_SECONDS
    ? [`heartbeats were not waited for (--seconds ${HEARTBEAT_SECONDS} does)`]
    : [];
}

/** @returns by how much a timer was late at the worst, in milliseconds */
async function watch(examination: Examination, forMs: number): Promise<number> {
  const { clock } = examination;
  const socket = examination.need('socket');
  const startMs = clock.monotonic();
  let pingDueMs = startMs + PING_EVERY_MS;
  let worstMs = 0;
  while (socket.ended === undefined && clock.monotonic() - startMs < forMs) {
    const before = { now: clock.now(), monotonic: clock.monotonic() };
    await clock.sleep(LOOK_EVERY_MS, socket.endSignal).catch((error: unknown) => {
      if (!socket.endSignal.aborted) throw error;
    });
    // While a virtual machine is suspended the monotonic clock may stand still, and the other one jump.
    const tookMs = Math.max(clock.now() - before.now, clock.monotonic() - before.monotonic);
    worstMs = Math.max(worstMs, tookMs - LOOK_EVERY_MS);
    if (clock.monotonic() >= pingDueMs) {
      socket.ping();
      pingDueMs += PING_EVERY_MS;
    }
  }
  return worstMs;
}

/** After an end: what has become of token and channel. */
export const aftermathStep: Step = {
  id: 'aftermath',
  title: 'Afterwards',
  dialects: DIALECTS,
  needs: ['upgrade'],
  run: async (examination) => {
    const { ended, evidence: told } = examination.need('socket');
    if (ended === undefined && told.length === 0)
      return { status: 'ok', summary: 'nothing has ended, so nothing is to be looked at' };
    const lines: string[] = [];
    const evidence: Evidence[] = [];
    const token = await askAboutToken(examination, examination.need('token'), 'after');
    evidence.push(...token.evidence);
    lines.push(`the token is ${token.isRefused ? 'no longer active' : 'active'}`);
    const own = examination.has('channel');
    if (own) {
      const outcome = await checkChannel(examination, own.channel.id);
      const isGone =
        !outcome.ok && outcome.evidence.kind === 'refused-call' && outcome.evidence.status === 404;
      const exists = outcome.ok ? true : isGone ? false : undefined;
      const ageMs = examination.clock.monotonic() - own.madeAtMs;
      const { lifeMs } = own.channel;
      evidence.push({
        kind: 'channel',
        ageMs,
        expiresInMs: lifeMs === undefined ? undefined : lifeMs - ageMs,
        exists,
      });
      lines.push(
        `the channel ${exists === true ? 'is still there' : exists === false ? 'is gone' : 'cannot be asked for'}`,
      );
    }
    return { status: 'ok', summary: lines.join('; '), evidence };
  },
};
