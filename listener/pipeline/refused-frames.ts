import type { Logger } from 'pino';
import type { KeyPosition } from '../continuity/checkpoint-store.ts';
import type { Unsettled } from '../continuity/unsettled.ts';
import { describeError } from '../errors.ts';
import type { ReceivedFrame } from '../genesys/session/dialect.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface RefusedFramesOptions {
  readonly publisher: Pick<Publisher, 'parkFrame'>;
  /** What holds the low-watermark back until it is on the bus or parked. */
  readonly unsettled: Unsettled<KeyPosition | ReceivedFrame>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Brings frames that nothing can be made of to the parking, as they came. */
export class RefusedFrames {
  readonly #options: RefusedFramesOptions;

  constructor(options: RefusedFramesOptions) {
    this.#options = options;
  }

  park(received: ReceivedFrame, code: string, detail: string): void {
    const { publisher, unsettled } = this.#options;
    const isText = typeof received.data === 'string';
    unsettled.addKeyless(received, received.receivedAt);
    publisher.parkFrame(
      {
        kind: 'frame',
        receivedAt: new Date(received.receivedAt).toISOString(),
        encoding: isText ? 'utf8' : 'base64',
        body: isText ? String(received.data) : received.data.toString('base64'),
      },
      code,
      detail,
      () => unsettled.settle(received),
    );
  }

  /** A frame that trips over a defect in `act` is parked; it must not take those behind it along. */
  guarded(received: ReceivedFrame, act: () => void): void {
    const { logger, metrics } = this.#options;
    try {
      act();
    } catch (error) {
      logger.error({ err: error }, 'a frame could not be handled and is parked');
      metrics.count('InternalErrors');
      metrics.count('FramesRefused');
      this.park(received, 'InternalError', describeError(error));
    }
  }
}
