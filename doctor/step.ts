import type { Dialect } from '../listener/contract/vocabulary.ts';
import type { Evidence } from '../listener/diagnosis/evidence.ts';
import type { Examination } from './examination.ts';

/** Every step there is, in the order in which they are taken. */
export const STEP_IDS = [
  'configuration',
  'credentials',
  'payload',
  'dns',
  'tcp',
  'tls',
  'clock',
  'login',
  'token',
  'scopes',
  'topics',
  'channel-list',
  'channel',
  'upgrade',
  'auth',
  'subscribe',
  'heartbeat',
  'life',
  'aftermath',
] as const;
export type StepId = (typeof STEP_IDS)[number];

export type StepStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** What may be shown of a step. Holds no secret. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface StepOutcome {
  readonly status: StepStatus;
  /** One line. */
  readonly summary: string;
  readonly evidence?: readonly Evidence[];
  readonly facts?: Facts;
}

/** One thing that is looked at on the way of a connection. */
export interface Step {
  readonly id: StepId;
  readonly title: string;
  readonly dialects: readonly Dialect[];
  /** Without these it makes no sense: it is skipped when one of them failed or was skipped. */
  readonly needs: readonly StepId[];
  /** Throws nothing but defects: what goes wrong is an outcome. */
  run(examination: Examination): Promise<StepOutcome>;
}

/** A step as it was taken. */
export interface TakenStep extends Required<StepOutcome> {
  readonly id: StepId;
  readonly title: string;
  /** How long it took, in milliseconds. */
  readonly ms: number;
}
