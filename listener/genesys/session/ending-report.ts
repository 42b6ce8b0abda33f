import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { closeReport, logCloseReport } from '../../diagnosis/close-report.ts';
import type { Runtime } from '../../diagnosis/evidence.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { DialectName } from './dialect.ts';
import { type Ending, recoveryOf } from './end-reason.ts';
import type { Link, LinkStage } from './link.ts';
import type { SessionState } from './state.ts';

export interface EndingReportOptions {
  readonly dialect: { readonly name: DialectName };
  /** `other` unless said. */
  readonly runtime?: Runtime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Says and counts what ended. */
export class EndingReport {
  readonly #options: EndingReportOptions;

  constructor(options: EndingReportOptions) {
    this.#options = options;
  }

  /**
   * One line with everything that is known of an end, and its probable cause; none for an end that was planned.
   * @param state that it ended in
   */
  explain(link: Pick<Link, 'facts'>, ending: Ending, state: SessionState | LinkStage): void {
    if (recoveryOf(ending.reason).planned) return;
    const { dialect, runtime = 'other', logger, clock } = this.#options;
    const seen = { dialect: dialect.name, ending, state, facts: link.facts };
    logCloseReport(logger, closeReport(seen, runtime), clock.now());
  }

  /** A connection, or an attempt at one, has ended, and the session is not live any more by it. */
  ended(
    ending: Ending,
    how: { readonly hadConnection: boolean; readonly liveMs: number; readonly state: SessionState },
  ): void {
    const { logger, metrics } = this.#options;
    const { planned, meaning } = recoveryOf(ending.reason);
    if (how.hadConnection) metrics.count('ConnectionsEnded');
    if (ending.reason === 'frame-over-limit') metrics.count('EventsLost');
    logger[planned ? 'info' : 'warn'](
      {
        reason: ending.reason,
        detail: ending.detail,
        closeCode: ending.closeCode,
        state: how.state,
        liveSeconds: Math.round(how.liveMs / 1000),
      },
      `connection ended: ${meaning}`,
    );
  }
}
