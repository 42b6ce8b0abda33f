import type { Logger } from 'pino';
import { type Backoff, backoffDelay } from '../backoff.ts';
import type { Cancel, Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { OutageLog } from './outage-log.ts';
import type { ParkedItem, ParkingLot, ParkingReason } from './parking.ts';

interface ParkerOptions {
  readonly parking: ParkingLot;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly backoff: Backoff;
}

/** How an item ended here. */
type ParkingOutcome = 'parked' | 'lost';

interface Parcel {
  readonly item: ParkedItem;
  readonly reason: ParkingReason;
  readonly settled: (how: ParkingOutcome) => void;
  failures: number;
  cause: string;
  cancelRetry: Cancel | undefined;
}

/**
 * Takes items to the parking lot and does not let go of one until it is kept: a failing parking lot
 * (a full disk) is tried again for as long as the process lives. Only `close` and `lose` give up.
 */
export class Parker {
  readonly #options: ParkerOptions;
  readonly #log: OutageLog;
  readonly #parcels = new Set<Parcel>();
  #phase: 'open' | 'closed' = 'open';

  constructor(options: ParkerOptions) {
    this.#options = options;
    this.#log = new OutageLog(options.logger, options.clock);
  }

  /** @param settled called once, when it is known how the item ended */
  park(item: ParkedItem, reason: ParkingReason, settled: (how: ParkingOutcome) => void): void {
    this.#log.report('warn', `${item.kind} parked`, reason.code, {
      ...nameOf(item),
      reason: reason.message,
      attempts: reason.attempts,
    });
    const parcel = parcelOf(item, reason, settled, 'not confirmed in time');
    this.#parcels.add(parcel);
    void this.#attempt(parcel);
  }

  /** Gives an item up without trying: there is no room to hold it until it is kept. */
  lose(item: ParkedItem, reason: ParkingReason, settled: (how: ParkingOutcome) => void): void {
    this.#lose(parcelOf(item, reason, settled, 'no room to hold it'));
  }

  /** Little time is left: what waits for another attempt is tried at once, and again after short waits. */
  hurry(): void {
    for (const parcel of this.#parcels) {
      parcel.failures = 0;
      if (parcel.cancelRetry === undefined) continue;
      parcel.cancelRetry();
      parcel.cancelRetry = undefined;
      void this.#attempt(parcel);
    }
  }

  /** What is not kept by now is lost: counted and logged one by one. From here on nothing is tried twice. */
  close(): void {
    this.#phase = 'closed';
    for (const parcel of this.#parcels) this.#lose(parcel);
  }

  async #attempt(parcel: Parcel): Promise<void> {
    try {
      await this.#options.parking.park(parcel.item, parcel.reason);
    } catch (error) {
      this.#failed(parcel, error);
      return;
    }
    // One that was given up stays lost in the books, which err on the side of alarm.
    if (this.#parcels.delete(parcel)) parcel.settled('parked');
  }

  #failed(parcel: Parcel, error: unknown): void {
    const { clock, metrics, backoff } = this.#options;
    parcel.failures += 1;
    parcel.cause = describeError(error);
    metrics.count('ParkingFailures');
    this.#log.report('error', 'parking failed, trying again', parcel.reason.code, {
      ...nameOf(parcel.item),
      cause: parcel.cause,
    });
    if (!this.#parcels.has(parcel)) return;
    if (this.#phase === 'closed') {
      this.#lose(parcel);
      return;
    }
    parcel.cancelRetry = clock.after(backoffDelay(backoff, parcel.failures), () => {
      parcel.cancelRetry = undefined;
      void this.#attempt(parcel);
    });
  }

  #lose(parcel: Parcel): void {
    const { item, reason, cause } = parcel;
    parcel.cancelRetry?.();
    this.#parcels.delete(parcel);
    this.#options.logger.fatal(
      {
        ...nameOf(item),
        code: reason.code,
        reason: reason.message,
        attempts: reason.attempts,
        cause,
      },
      `${item.kind} lost: neither published nor parked`,
    );
    parcel.settled('lost');
  }
}

function parcelOf(
  item: ParkedItem,
  reason: ParkingReason,
  settled: (how: ParkingOutcome) => void,
  cause: string,
): Parcel {
  return { item, reason, settled, failures: 0, cause, cancelRetry: undefined };
}

/** What tells an item from others in the log, without anything that it says. */
function nameOf(item: ParkedItem): Record<string, string> {
  if (item.kind === 'frame') return { receivedAt: item.receivedAt };
  return { eventId: item.eventId, orderingKey: item.orderingKey };
}
