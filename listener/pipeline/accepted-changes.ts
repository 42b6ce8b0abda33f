import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { KeyPosition } from '../continuity/checkpoint-store.ts';
import { EchoWait, type Waiting } from '../continuity/echo-wait.ts';
import type { Unsettled } from '../continuity/unsettled.ts';
import type { AcceptedNotification, EventAssembler } from '../contract/assemble.ts';
import { describeError } from '../errors.ts';
import type { ReceivedFrame } from '../genesys/session/dialect.ts';
import type { Outcome } from '../publish/books.ts';
import type { OutgoingEvent } from '../publish/lanes.ts';
import type { PayloadStore } from '../publish/payload-store.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** From this size on, in bytes, the body of an event goes elsewhere: some targets of rules take 256 KB. */
const PAYLOAD_LIMIT_BYTES = 240 * 1024;

/** A change on its way to the publisher. */
export interface Change {
  readonly accepted: AcceptedNotification;
  /** Where its key will stand. What is published is known by it alone, so that the parsed frame need not be kept until then. */
  readonly position: KeyPosition;
  /** Every topic it has come by so far. */
  readonly topics: string[];
  /** By the monotonic clock, milliseconds. */
  readonly receivedAtMs: number;
  /** If it may have waited to be read: since when. Milliseconds since the Unix epoch. */
  readonly unreadSince?: number | undefined;
  /** From when it happened to its receipt, in milliseconds; undefined where that can't be told. */
  readonly lagMs: number | undefined;
}

export interface AcceptedChangesOptions {
  readonly assembler: Pick<EventAssembler, 'render'>;
  readonly publisher: Pick<Publisher, 'publish' | 'parkFrame' | 'onSettled'>;
  /** What holds the low-watermark, and the positions of keys, back until it is on the bus or parked. */
  readonly unsettled: Unsettled<KeyPosition | ReceivedFrame>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Where bodies go that are too large for an event; without it they stay where they are. */
  readonly payloads?: { readonly store: PayloadStore; readonly limitBytes?: number } | undefined;
  /** Told how far a key has come, each time one of its events is on the bus or parked. */
  readonly settled?: ((position: KeyPosition) => void) | undefined;
  /** Told of an event that is neither, and never will be: where its key would stand. */
  readonly lost: (position: KeyPosition) => void;
}

/** What has its version and identity: waits for its echoes, is made an event, and moves its key on when it is settled. */
export class AcceptedChanges {
  readonly #options: AcceptedChangesOptions;
  readonly #wait: EchoWait<Change>;
  readonly #sent = new WeakMap<OutgoingEvent, KeyPosition>();

  constructor(options: AcceptedChangesOptions) {
    this.#options = options;
    this.#wait = new EchoWait(options.clock, (change) => this.#publish(change));
    options.publisher.onSettled((event, how) => this.#settled(event, how));
  }

  /** @param awaited the topics that will probably bring it, too */
  add(
    accepted: AcceptedNotification,
    facts: Omit<Change, 'accepted' | 'position'>,
    awaited: ReadonlySet<string> = NONE,
  ): Waiting<Change> {
    const { orderingKey: key, version, digest, revision, open, context } = accepted;
    const receivedAt = Math.min(context.receivedAt.getTime(), facts.unreadSince ?? Number.POSITIVE_INFINITY);
    const position: KeyPosition = { key, version, digest, revision, open, receivedAt };
    this.#options.unsettled.add(position, position);
    return this.#wait.add(key, { accepted, position, ...facts }, awaited);
  }

  /** Its echo by `topic` has come. */
  echoed(waiting: Waiting<Change>, topic: string): void {
    this.#wait.echoed(waiting, topic);
  }

  /** Hands what waits for echoes to the publisher now. */
  flush(): void {
    this.#wait.flush();
  }

  /** Called from a timer, too, where an error would end the process and its successor in turn. */
  #publish(change: Change): void {
    const { logger, metrics, publisher } = this.#options;
    try {
      publisher.publish(this.#outgoing(change));
    } catch (error) {
      const { accepted, position } = change;
      logger.error({ err: error, eventId: accepted.eventId }, 'an event could not be made and is parked');
      metrics.count('InternalErrors');
      metrics.count('FramesRefused');
      const receivedAt = accepted.context.receivedAt.toISOString();
      publisher.parkFrame(
        { kind: 'frame', receivedAt, encoding: 'utf8', body: accepted.frame.text },
        'InternalError',
        describeError(error),
        () => this.#moveOn(position),
      );
    }
  }

  #outgoing({ accepted, position, topics, receivedAtMs, lagMs }: Change): OutgoingEvent {
    const { assembler, payloads, metrics } = this.#options;
    const { eventId, orderingKey, detailType, context, frame } = accepted;
    const event = { eventId, orderingKey, detailType, time: context.receivedAt, receivedAtMs, lagMs };
    const whole = assembler.render(accepted, topics);
    const limit = payloads?.limitBytes ?? PAYLOAD_LIMIT_BYTES;
    let outgoing: OutgoingEvent = { ...event, detail: whole };
    if (payloads && whole.length * 3 > limit && Buffer.byteLength(whole) > limit) {
      const ref = payloads.store.refOf(eventId);
      const detail = assembler.render(accepted, topics, ref);
      outgoing = { ...event, detail, payload: { ref, body: frame.bodyText } };
      metrics.count('PayloadsOffloaded');
    }
    this.#sent.set(outgoing, position);
    return outgoing;
  }

  #settled(event: OutgoingEvent, how: Outcome): void {
    const position = this.#sent.get(event);
    if (position) this.#moveOn(position, how === 'lost');
  }

  #moveOn(settled: KeyPosition, lost = false): void {
    const position = this.#options.unsettled.settle(settled, lost);
    if (position) this.#options.settled?.(position);
    if (lost) this.#options.lost(settled);
  }
}

const NONE: ReadonlySet<string> = new Set();
