import type { Logger } from 'pino';
import { describeError } from '../../errors.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { ReceivedFrame } from './dialect.ts';

export interface FrameGuardOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Told of a frame that tripped over a defect. */
  readonly refused: (frame: ReceivedFrame, code: string, detail: string) => void;
}

/** One frame that trips over a defect must not take the connection, and the frames behind it, along. */
export class FrameGuard {
  readonly #options: FrameGuardOptions;

  constructor(options: FrameGuardOptions) {
    this.#options = options;
  }

  /** Does what is to be done with a frame; what that throws is logged, counted, and the frame refused. */
  run(frame: ReceivedFrame, handle: () => void): void {
    const { logger, metrics, refused } = this.#options;
    try {
      handle();
    } catch (error) {
      metrics.count('InternalErrors');
      logger.error({ err: error }, 'a frame could not be handled');
      refused(frame, 'InternalError', describeError(error));
    }
  }
}
