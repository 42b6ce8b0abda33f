import { DIALECTS } from '../../listener/contract/vocabulary.ts';
import type { Evidence } from '../../listener/diagnosis/evidence.ts';
import { WEBSOCKET_SCOPE } from '../../listener/genesys/org-socket/settings.ts';
import {
  authenticate,
  openChannelSocket,
  openOrgSocket,
  type RefusedTopic,
  subscribeByCall,
  subscribeByMessage,
} from '../connection.ts';
import type { Examination } from '../examination.ts';
import { SocketProbe } from '../socket-probe.ts';
import type { Step, StepOutcome } from '../step.ts';

/** Opens the socket. */
export const upgradeStep: Step = {
  id: 'upgrade',
  title: 'Upgrade to WebSocket',
  dialects: DIALECTS,
  // A token that is none is shown all the same: what the server does about it is worth seeing, and does no harm.
  needs: ['login', 'channel'],
  run: async (examination) => {
    const { dialect } = examination.need('config');
    const opened =
      dialect.name === 'channels'
        ? await openChannelSocket(examination, examination.need('channel'))
        : await openOrgSocket(examination, dialect.origin);
    if (!(opened instanceof SocketProbe))
      return { status: 'failed', summary: wordsOf(opened), evidence: [opened] };
    examination.find({ socket: opened });
    return { status: 'ok', summary: 'answered 101: the socket is open' };
  },
};

function wordsOf(evidence: Evidence): string {
  if (evidence.kind === 'upgrade-refused') return `answered ${evidence.status} instead of 101`;
  return 'code' in evidence ? `not answered (${evidence.code})` : evidence.kind;
}

/** Shows the token on the socket. */
export const authStep: Step = {
  id: 'auth',
  title: 'Auth',
  dialects: ['org-socket'],
  needs: ['upgrade'],
  run: async (examination) => {
    const socket = examination.need('socket');
    const token = examination.need('token');
    if (!(await authenticate(socket, token))) return unanswered(socket, 'auth-success');
    const { scopes } = socket;
    const evidence: Evidence[] =
      scopes === undefined || scopes.includes(WEBSOCKET_SCOPE)
        ? []
        : [{ kind: 'scope-missing', scope: WEBSOCKET_SCOPE, source: 'auth-success' }];
    return {
      status: evidence.length > 0 ? 'failed' : 'ok',
      summary: `auth-success${scopes ? ` with the scopes ${scopes.join(' ')}` : ''}`,
      evidence,
      facts: { scopes },
    };
  },
};

/** Subscribes, as the dialect does it. */
export const subscribeStep: Step = {
  id: 'subscribe',
  title: 'Subscription',
  dialects: DIALECTS,
  needs: ['upgrade', 'topics', 'auth'],
  run: async (examination) =>
    examination.need('config').dialect.name === 'channels'
      ? subscribeChannel(examination)
      : subscribeOrgSocket(examination),
};

async function subscribeOrgSocket(examination: Examination): Promise<StepOutcome> {
  const socket = examination.need('socket');
  const isConfirmed = await subscribeByMessage(socket, examination.need('payload'));
  return isConfirmed ? { status: 'ok', summary: 'confirmed' } : unanswered(socket, 'a confirmation');
}

async function subscribeChannel(examination: Examination): Promise<StepOutcome> {
  const topics = examination.need('topics');
  const outcome = await subscribeByCall(
    examination,
    examination.need('socket'),
    examination.need('channel'),
    topics,
  );
  if (!outcome.ok) return { status: 'failed', summary: outcome.summary, evidence: [outcome.evidence] };
  const refused = outcome.value;
  return {
    status: refused.length === 0 ? 'ok' : refused.length < topics.length ? 'warning' : 'failed',
    summary: `${topics.length} asked for, ${refused.length} refused${refused[0] ? `: ${refused[0].reason}` : ''}`,
    evidence: refused.map(refusalEvidence),
    facts: { asked: topics.length, refused: refused.map(({ topic }) => topic) },
  };
}

function refusalEvidence({ topic, reason, permissions }: RefusedTopic): Evidence {
  return permissions.length > 0 || /permission|unauthori[sz]ed|forbidden/i.test(reason)
    ? { kind: 'permission-missing', what: topic, permissions }
    : { kind: 'topic-unknown', topic, reason };
}

/** Nothing that counts as an answer came: the end of the connection, or its silence, tells the rest. */
function unanswered(socket: SocketProbe, what: string): StepOutcome {
  const told = socket.evidence.find((each) => each.kind === 'announcement');
  if (told) return { status: 'failed', summary: `instead of ${what}: ${told.text}` };
  if (socket.ended) return { status: 'failed', summary: `cut (${socket.ended.closeCode}) before ${what}` };
  socket.ping();
  return { status: 'failed', summary: `${what} did not come` };
}
