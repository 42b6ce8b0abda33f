import type { Dialect } from '../listener/contract/vocabulary.ts';
import { causeOf } from '../listener/diagnosis/causes.ts';
import { type Diagnosis, diagnose } from '../listener/diagnosis/diagnose.ts';
import type { Evidence } from '../listener/diagnosis/evidence.ts';
import { runtimeOf } from '../listener/diagnosis/runtime.ts';
import { Examination, type ExaminationOptions } from './examination.ts';
import { freeChannel, runExperiments, type TriedExperiment } from './experiments.ts';
import type { Step, StepId, StepOutcome, TakenStep } from './step.ts';
import { clockStep, loginStep, scopesStep, tokenStep } from './steps/access.ts';
import { channelListStep, channelStep, topicsStep } from './steps/channels.ts';
import { configurationStep, credentialsStep, payloadStep } from './steps/configuration.ts';
import { authStep, subscribeStep, upgradeStep } from './steps/connecting.ts';
import { aftermathStep, heartbeatStep, lifeStep } from './steps/living.ts';
import { dnsStep, tcpStep } from './steps/reaching.ts';
import { tlsStep } from './steps/tls.ts';

/** In the order of the way of a connection. */
export const STEPS: readonly Step[] = [
  configurationStep,
  credentialsStep,
  payloadStep,
  dnsStep,
  tcpStep,
  tlsStep,
  clockStep,
  loginStep,
  tokenStep,
  scopesStep,
  topicsStep,
  channelListStep,
  channelStep,
  upgradeStep,
  authStep,
  subscribeStep,
  heartbeatStep,
  lifeStep,
  aftermathStep,
];

export interface DoctorReport extends Diagnosis {
  /** Undefined when the configuration doesn't tell. */
  readonly dialect: Dialect | undefined;
  readonly healthy: boolean;
  readonly steps: readonly TakenStep[];
  readonly experiments: readonly TriedExperiment[];
  /** Steps that could not be taken: something may lie behind what was found. */
  readonly notReached: readonly StepId[];
  /** What lies behind a cause can only be seen when it is gone. */
  readonly runAgain: boolean;
}

/**
 * Walks the way that a connection goes, and says what is wrong with it. It uses nothing up: it makes a channel only
 * if that evicts none, and takes its subscriptions off again.
 * @param onStep called after each step
 */
export async function examine(
  options: ExaminationOptions,
  onStep: (step: TakenStep) => void = () => {},
): Promise<DoctorReport> {
  const examination = new Examination(options);
  const runtime = runtimeOf(options.env);
  const evidence: Evidence[] = [{ kind: 'runtime', runtime }];
  const steps: TakenStep[] = [];
  for (const step of STEPS) {
    const dialect = examination.has('config')?.dialect.name;
    if (dialect !== undefined && !step.dialects.includes(dialect)) continue;
    // Without a configuration there is no dialect either, and nothing that could be skipped in its name.
    if (dialect === undefined && step.dialects.length === 1) continue;
    const taken = await take(step, steps, examination);
    steps.push(taken);
    evidence.push(...taken.evidence);
    onStep(taken);
  }
  evidence.push(...answerTime(examination));
  const dialect = examination.has('config')?.dialect.name;
  const experiments = dialect === undefined ? [] : await runExperiments(examination, evidence);
  await leave(examination);
  const diagnosis = withFallback(diagnose(dialect ?? 'channels', evidence), steps);
  return {
    dialect,
    healthy: diagnosis.causes.length === 0,
    steps,
    ...diagnosis,
    experiments,
    runAgain: diagnosis.causes.length > 0,
    notReached: steps.filter(({ status }) => status === 'skipped').map(({ id }) => id),
  };
}

async function take(step: Step, before: readonly TakenStep[], examination: Examination): Promise<TakenStep> {
  const { id, title, needs } = step;
  const lacking = before.find(
    (other) => needs.includes(other.id) && (other.status === 'failed' || other.status === 'skipped'),
  );
  const startMs = examination.clock.monotonic();
  const outcome: StepOutcome = lacking
    ? { status: 'skipped', summary: `makes no sense after: ${lacking.title}` }
    : await step.run(examination);
  const ms = Math.round(examination.clock.monotonic() - startMs);
  return { id, title, evidence: [], facts: {}, ...outcome, ms };
}

function answerTime({ answerTimes }: Examination): Evidence[] {
  const sorted = [...answerTimes].sort((a, b) => a - b);
  const medianMs = sorted[Math.floor(sorted.length / 2)];
  return medianMs === undefined ? [] : [{ kind: 'answer-time', medianMs, answers: sorted.length }];
}

async function leave(examination: Examination): Promise<void> {
  await examination.has('socket')?.close();
  const own = examination.has('channel');
  if (own) await freeChannel(examination, own.channel.id);
}

/** A step that failed for no reason that any rule knows is not called healthy. */
function withFallback(diagnosis: Diagnosis, steps: readonly TakenStep[]): Diagnosis {
  const failed = steps.find(({ status }) => status === 'failed');
  if (diagnosis.causes.length > 0 || failed === undefined) return diagnosis;
  const { title, fix } = causeOf('connection-reset');
  const because = `Unexplained: the step "${failed.title}" failed (${failed.summary}), and no rule knows why.`;
  return { ...diagnosis, causes: [{ id: 'connection-reset', title, confidence: 'possible', because, fix }] };
}
