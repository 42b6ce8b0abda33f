import type { Logger } from 'pino';
import type { CauseId } from './causes.ts';
import { diagnose } from './diagnose.ts';
import type { Runtime } from './evidence.ts';
import { type EndingSeen, evidenceOfEnding } from './evidence-of-ending.ts';
import type { Confidence } from './judgement.ts';

/** The metric that counts ends by cause; it rides on the report's own log line, so it costs nothing until one comes. */
export const ENDINGS_METRIC = 'ConnectionsEndedByCause';
/** Stands in the metric for an end that is no matter of the connection: a defect of the bridge. */
const NO_CAUSE = 'none';

/** Everything that is known of an abnormal end, and what it most probably came from. */
export interface CloseReport {
  readonly reason: string;
  readonly detail: string;
  readonly closeCode: number | undefined;
  /** The state that it ended in. */
  readonly state: string;
  readonly dialect: string;
  readonly runtime: Runtime;
  readonly lastReceived: { readonly what: string; readonly agoMs: number } | undefined;
  readonly lastSent: { readonly what: string; readonly agoMs: number } | undefined;
  readonly socketAgeSeconds: number | undefined;
  readonly channelLeftSeconds: number | undefined;
  readonly tokenAgeSeconds: number | undefined;
  readonly tokenLeftSeconds: number | undefined;
  readonly subscriptions: number;
  readonly frames: number;
  readonly events: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly longestPauseMs: number;
  readonly causes: readonly {
    readonly id: CauseId;
    readonly confidence: Confidence;
    readonly because: string;
  }[];
  readonly next: readonly string[];
}

/** Judges an end by the rules that the doctor goes by. */
export function closeReport(seen: EndingSeen, runtime: Runtime): CloseReport {
  const { ending, facts, dialect, state } = seen;
  const { causes, next } = diagnose(dialect, [{ kind: 'runtime', runtime }, ...evidenceOfEnding(seen)]);
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms / 1000));
  const rounded = (noted: typeof facts.lastSent) => noted && { ...noted, agoMs: Math.round(noted.agoMs) };
  return {
    reason: ending.reason,
    detail: ending.detail,
    closeCode: ending.closeCode,
    state,
    dialect,
    runtime,
    lastReceived: rounded(facts.lastReceived),
    lastSent: rounded(facts.lastSent),
    socketAgeSeconds: seconds(facts.socketAgeMs),
    channelLeftSeconds: seconds(facts.expiresInMs),
    tokenAgeSeconds: seconds(facts.tokenAgeMs),
    tokenLeftSeconds: seconds(facts.tokenLeftMs),
    subscriptions: facts.subscriptions,
    frames: facts.frames,
    events: facts.events,
    bytesIn: facts.bytesIn,
    bytesOut: facts.bytesOut,
    longestPauseMs: Math.round(facts.pausedMs),
    causes: causes.map(({ id, confidence, because }) => ({ id, confidence, because })),
    next,
  };
}

/**
 * Writes the report as one line, which is also a metric in CloudWatch's embedded metric format: a metric for each cause
 * that occurs, and none for those that don't.
 * @param at milliseconds since the epoch
 */
export function logCloseReport(logger: Logger, report: CloseReport, at: number): void {
  const cause = report.causes[0]?.id ?? NO_CAUSE;
  const [first] = report.causes;
  logger.warn(
    {
      ...report,
      cause,
      [ENDINGS_METRIC]: 1,
      _aws: {
        Timestamp: at,
        CloudWatchMetrics: [
          {
            Namespace: 'ConversationBridge',
            Dimensions: [['cause']],
            Metrics: [{ Name: ENDINGS_METRIC, Unit: 'Count' }],
          },
        ],
      },
    },
    first === undefined
      ? 'close report: no cause in the connection'
      : `close report: ${first.id} (${first.confidence})`,
  );
}
