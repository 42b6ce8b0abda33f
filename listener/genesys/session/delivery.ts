import type { Clock } from '../../clock.ts';
import type { NotificationFrame } from '../../contract/frame.ts';
import type { ReceivedFrame } from './dialect.ts';
import type { FrameGuard } from './frame-guard.ts';
import type { LinkListener } from './link.ts';
import { earliestOriginal } from './source.ts';

export interface DeliveryOptions {
  /** Of the connection. */
  readonly id: string;
  /** Keep notifications back until `letGo`. */
  readonly held: boolean;
  readonly clock: Clock;
  readonly guard: Pick<FrameGuard, 'run'>;
  readonly listener: Pick<LinkListener, 'notification'>;
}

/** A notification, when it came, and since when it may have waited to be read. */
interface Delivered {
  readonly notification: NotificationFrame;
  readonly frame: ReceivedFrame;
  readonly unreadSince: number | undefined;
}

/**
 * Hands on what a connection notifies, with where it comes from. A connection that is to take over has it kept back
 * until the one before has brought its own, so that the newer does not come before the older.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  /** `Clock.monotonic()` when the connection was about to be subscribed. */
  #subscribingAtMs: number;
  /** When that was answered. */
  #subscribedAtMs: number | undefined;
  /** `Clock.monotonic()` when it had brought what was kept back. */
  #letGoAtMs = Number.NEGATIVE_INFINITY;
  #kept: Delivered[] | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#subscribingAtMs = options.clock.monotonic();
    this.#kept = options.held ? [] : undefined;
  }

  /** Whether notifications have come that wait for `letGo`. */
  get isKeepingBack(): boolean {
    return this.#kept !== undefined && this.#kept.length > 0;
  }

  /** The connection is about to be subscribed: nothing that was sent before comes by it. */
  subscribing(): void {
    this.#subscribingAtMs = this.#options.clock.monotonic();
  }

  /** The connection is subscribed: everything that is sent from now on comes by it. */
  subscribed(): void {
    this.#subscribedAtMs ??= this.#options.clock.monotonic();
  }

  /** Hands it on, or keeps it back. */
  notified(each: Delivered): void {
    if (this.#kept) this.#kept.push(each);
    else this.#handOn(each);
  }

  /** Hands on what was kept back, one by one though one of them trips over a defect; from now on all at once. */
  letGo(): void {
    if (this.#kept === undefined) return;
    const { guard, clock } = this.#options;
    const kept = this.#kept;
    this.#kept = undefined;
    for (const each of kept) guard.run(each.frame, () => this.#handOn(each));
    this.#letGoAtMs = clock.monotonic();
  }

  #handOn({ notification, frame, unreadSince }: Delivered): void {
    const { id, listener } = this.#options;
    const sinceMs = earliestOriginal(this.#subscribingAtMs, this.#letGoAtMs, frame.receivedAtMs);
    // What is handed on before the answer has come is certain of nothing yet.
    const surelySinceMs = this.#subscribedAtMs ?? Number.POSITIVE_INFINITY;
    listener.notification(notification, frame, { id, sinceMs, surelySinceMs, unreadSince });
  }
}
