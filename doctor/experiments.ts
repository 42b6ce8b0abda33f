import { diagnose } from '../listener/diagnosis/diagnose.ts';
import type { Evidence, ExperimentId } from '../listener/diagnosis/evidence.ts';
import { REFUSAL_MS } from '../listener/diagnosis/rules/ending.ts';
import type { AccessToken } from '../listener/genesys/oauth.ts';
import { subscribeMessage } from '../listener/genesys/org-socket/requests.ts';
import {
  authenticate,
  openChannelSocket,
  openOrgSocket,
  subscribeByCall,
  subscribeByMessage,
} from './connection.ts';
import type { Examination } from './examination.ts';
import { SocketProbe } from './socket-probe.ts';
import { MOST_CHANNELS, makeChannel } from './steps/channels.ts';
import { askAboutToken } from './token-questions.ts';

const PONG_TIMEOUT_MS = 5_000;

/** One thing varied, and what came of it. */
export interface TriedExperiment {
  readonly id: ExperimentId;
  readonly title: string;
  readonly better: boolean;
  /** One sentence. */
  readonly outcome: string;
}

interface Outcome {
  readonly better: boolean;
  readonly outcome: string;
  /** How the connection ended that was tried. */
  readonly ending?: readonly Evidence[];
}

interface Experiment {
  readonly id: ExperimentId;
  readonly title: string;
  /** Whether it could tell something that reading has not. */
  isWorthwhile(examination: Examination, evidence: readonly Evidence[]): boolean;
  run(examination: Examination): Promise<Outcome>;
}

const EXPERIMENTS: readonly Experiment[] = [
  {
    id: 'fresh-token',
    title: 'Another login',
    isWorthwhile: (examination, evidence) =>
      examination.has('token') !== undefined &&
      names(examination, evidence, 'token-revoked', 'token-invalid'),
    run: async (examination) => {
      const { tokens } = examination.clients();
      const login = await examination.call('login', () => tokens.token());
      if (!login.ok) return { better: false, outcome: `the login was ${login.summary}` };
      const answer = await askAboutToken(examination, login.value, 'before');
      if (answer.isRefused) return { better: false, outcome: 'its token is refused as well' };
      return { better: true, outcome: 'its token is taken' };
    },
  },
  {
    id: 'minimal-subscription',
    title: 'The smallest subscription that is sound',
    isWorthwhile: (examination, evidence) =>
      wasCut(evidence) && (examination.has('payloadIsSound') === false || isForeignPayload(examination)),
    run: (examination) => tryOrgSocket(examination, { payload: minimalPayload(examination) }),
  },
  {
    id: 'without-origin',
    title: 'Without an Origin header',
    isWorthwhile: (examination, evidence) =>
      wasCut(evidence) && names(examination, evidence, 'origin-not-registered'),
    run: (examination) => tryOrgSocket(examination, { withOrigin: false }),
  },
  {
    id: 'fresh-channel',
    title: 'Another channel',
    isWorthwhile: (examination, evidence) =>
      examination.has('channel') !== undefined &&
      examination.has('socket') !== undefined &&
      (examination.has('channelCount') ?? MOST_CHANNELS) + 2 <= MOST_CHANNELS &&
      names(examination, evidence, 'connection-reset', 'channel-evicted', 'channel-expired'),
    run: tryChannel,
  },
];

/** Varies one thing at a time where reading isn't enough, and adds what it shows to the evidence. */
export async function runExperiments(
  examination: Examination,
  evidence: Evidence[],
): Promise<TriedExperiment[]> {
  const tried: TriedExperiment[] = [];
  for (const experiment of EXPERIMENTS) {
    if (!experiment.isWorthwhile(examination, evidence)) continue;
    const { better, outcome, ending = [] } = await experiment.run(examination);
    evidence.push({ kind: 'experiment', experiment: experiment.id, better });
    // With a sound subscription the connection ends for what is wrong besides.
    if (experiment.id === 'minimal-subscription' && !better) evidence.push(...ending);
    tried.push({ id: experiment.id, title: experiment.title, better, outcome });
  }
  return tried;
}

/** Whether one of these would be named, without being certain. */
function names(
  examination: Examination,
  evidence: readonly Evidence[],
  ...causes: readonly string[]
): boolean {
  const { dialect } = examination.need('config');
  return diagnose(dialect.name, evidence).causes.some(
    ({ id, confidence }) => causes.includes(id) && confidence !== 'certain',
  );
}

function wasCut(evidence: readonly Evidence[]): boolean {
  return evidence.some(({ kind }) => kind === 'socket-ended');
}

function isForeignPayload(examination: Examination): boolean {
  return examination.options.payload !== undefined;
}

function minimalPayload(examination: Examination): Uint8Array {
  const { dialect } = examination.need('config');
  const eventTypes = dialect.name === 'org-socket' ? dialect.eventTypes : [];
  return Buffer.from(subscribeMessage({ eventTypes, entities: [] }));
}

async function tryOrgSocket(
  examination: Examination,
  { payload, withOrigin = true }: { readonly payload?: Uint8Array; readonly withOrigin?: boolean },
): Promise<Outcome> {
  const { dialect } = examination.need('config');
  const origin = dialect.name === 'org-socket' && withOrigin ? dialect.origin : undefined;
  const socket = await openOrgSocket(examination, origin);
  if (!(socket instanceof SocketProbe)) return { better: false, outcome: 'the socket could not be opened' };
  const token: AccessToken = examination.need('token');
  const isSubscribed =
    (await authenticate(socket, token)) &&
    (await subscribeByMessage(socket, payload ?? examination.need('payload')));
  return survives(socket, isSubscribed);
}

async function tryChannel(examination: Examination): Promise<Outcome> {
  const made = await makeChannel(examination);
  if (!made.ok) return { better: false, outcome: `making it was ${made.summary}` };
  const socket = await openChannelSocket(examination, made.value);
  if (!(socket instanceof SocketProbe)) return { better: false, outcome: 'its socket could not be opened' };
  const topics = examination.has('topics') ?? [];
  const put = await subscribeByCall(examination, socket, made.value, topics);
  const outcome = await survives(socket, put.ok);
  await freeChannel(examination, made.value.channel.id);
  return outcome;
}

async function survives(socket: SocketProbe, isSubscribed: boolean): Promise<Outcome> {
  if (isSubscribed) {
    await socket.until(() => false, REFUSAL_MS);
    socket.ping();
    await socket.until(() => socket.isAnswering, PONG_TIMEOUT_MS);
  }
  const { ended, isAnswering, evidence } = socket;
  const ending = ended ? evidence : [...evidence, socket.silence()];
  await socket.close();
  if (ended)
    return { better: false, outcome: `it was cut as well (${ended.closeCode}, ${ended.stage})`, ending };
  const better = isSubscribed && isAnswering;
  return {
    better,
    outcome: better ? 'the connection lived' : 'the connection stayed open, but silent',
    ending,
  };
}

/** Takes the subscriptions off a channel: that is the nearest thing to deleting it. */
export async function freeChannel(examination: Examination, channelId: string): Promise<string | undefined> {
  const outcome = await examination.call('subscribe', () =>
    examination.need('clients').api.deleteSubscriptions(channelId),
  );
  return outcome.ok ? undefined : outcome.summary;
}
