import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { ConnectionRecorder } from '../../diagnosis/connection-recorder.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Delivery } from './delivery.ts';
import type { Dialect, ReceivedFrame, ServerMessage } from './dialect.ts';
import type { Ending } from './end-reason.ts';
import type { FrameGuard } from './frame-guard.ts';
import type { LinkListener } from './link.ts';
import type { Pings } from './pings.ts';
import type { Reading } from './reading.ts';

export interface IncomingOptions {
  readonly dialect: Pick<Dialect, 'decode'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly recorder: Pick<ConnectionRecorder, 'alive' | 'bytesReceived' | 'received'>;
  readonly reading: Pick<Reading, 'sign' | 'unreadSince'>;
  readonly delivery: Pick<Delivery, 'notified'>;
  readonly pings: Pick<Pings, 'answer'>;
  readonly guard: Pick<FrameGuard, 'run'>;
  /** Aborted when the connection is over, or being left. */
  readonly signal: AbortSignal;
  /** Notices that the process stood still, before what comes is dealt with. */
  readonly look: () => void;
  /** The connection is not dead; not called any more once it is over. */
  readonly showedLife: () => void;
  readonly listener: Pick<LinkListener, 'refused'>;
  /** The server wants the connection to be replaced. */
  readonly due: (ending: Ending) => void;
  /** The server says that it is over. */
  readonly end: (ending: Ending) => void;
  /** The server lost the subscriptions, or will. */
  readonly resubscribe: () => void;
}

/** What comes off the socket of a connection, and what each message of the server leads to. */
export class Incoming {
  readonly #options: IncomingOptions;

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  /** So many bytes have come, and are handed over as a frame next. */
  received(bytes: number): void {
    if (!this.#options.signal.aborted) this.#options.recorder.bytesReceived(bytes);
  }

  /** A sign of life that is no frame. */
  alive(): void {
    const { look, reading, clock, signal, recorder, showedLife } = this.#options;
    look();
    reading.sign(clock.now());
    if (signal.aborted) return;
    recorder.alive();
    showedLife();
  }

  frame(frame: ReceivedFrame): void {
    const { look, metrics, reading, signal, showedLife, guard, dialect, recorder } = this.#options;
    look();
    metrics.count('FramesReceived');
    reading.sign(frame.receivedAt);
    if (!signal.aborted) showedLife();
    guard.run(frame, () => {
      const message = dialect.decode(frame);
      if (!signal.aborted) recorder.received(message.kind, frame.receivedAtMs);
      // A connection that is being left still brings what was on its way; what it says of itself is history.
      if (!signal.aborted || message.kind === 'notification' || message.kind === 'refused')
        this.#react(message, frame);
    });
  }

  #react(message: ServerMessage, frame: ReceivedFrame): void {
    const { delivery, reading, pings, logger, listener, due, end, resubscribe } = this.#options;
    switch (message.kind) {
      case 'notification': {
        const { notification } = message;
        delivery.notified({ notification, frame, unreadSince: reading.unreadSince });
        return;
      }
      case 'refused':
        listener.refused(frame, message.code, message.detail);
        return;
      case 'ending':
        if (message.ending.reason === 'server-closing') due(message.ending);
        else end(message.ending);
        return;
      case 'resubscribe':
        logger.info({ detail: message.detail }, 'subscriptions are put again');
        resubscribe();
        return;
      case 'ignored':
        logger.info({ detail: message.detail }, 'a system message was ignored');
        return;
      case 'pong':
        pings.answer();
        return;
      case 'heartbeat':
      case 'acknowledged':
        return;
    }
  }
}
