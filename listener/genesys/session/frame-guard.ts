import type { Logger } from 'pino';
import { describeError } from '../../errors.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { ReceivedFrame } from './dialect.ts';
import type { LinkListener } from './link.ts';

export interface FrameGuardOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Told of a frame that tripped over a defect. */
  readonly listener: Pick<LinkListener, 'refused'>;
}

/** One frame that trips over a defect must not take the connection, and the frames behind it, along. */
export class FrameGuard {
  readonly #options: FrameGuardOptions;

  constructor(options: FrameGuardOptions) {
    this.#options = options;
  }

  /** Does what is to be done with a frame; what that throws is logged, counted, and the frame refused. */
  run(frame: ReceivedFrame, handle: () => void): void {
    const { logger, metrics, listener } = this.#options;
    try {
      handle();
    } catch (error) {
      metrics.count('InternalErrors');
      logger.error({ err: error }, 'a frame could not be handled');
      listener.refused(frame, 'InternalError', describeError(error));
    }
  }
}
