import type { Clock } from '../clock.ts';
import type { AssembledEvent } from '../contract/assemble.ts';
import type { OutgoingEvent } from '../publish/lanes.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { EventContext, EventContexts } from './event-contexts.ts';

export interface AnnouncementsOptions {
  readonly publisher: Pick<Publisher, 'publish' | 'onSettled'>;
  readonly contexts: Pick<EventContexts, 'next'>;
  readonly clock: Clock;
}

/** What the bridge tells of itself: of its connection, and of gaps. */
export class Announcements {
  readonly #options: AnnouncementsOptions;
  /** Of what was told, what somebody waits for to be on the bus or parked. */
  readonly #awaited = new WeakMap<OutgoingEvent, () => void>();

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
    options.publisher.onSettled((event, how) => {
      if (how !== 'lost') this.#awaited.get(event)?.();
    });
  }

  /** @param settled called when it is on the bus or parked */
  tell(assemble: (context: EventContext) => AssembledEvent, settled?: () => void): void {
    const { publisher, contexts, clock } = this.#options;
    const { eventId, orderingKey, detailType, detail } = assemble(contexts.next(clock.now()));
    const receivedAtMs = clock.monotonic();
    const event = { eventId, orderingKey, detailType, detail, time: new Date(clock.now()), receivedAtMs };
    if (settled) this.#awaited.set(event, settled);
    publisher.publish(event);
  }
}
