import type { DetailEvent } from './detail-events.ts';
import type { Customer, Queue } from './directory.ts';
import type { Leg } from './leg.ts';
import type { Direction, Media } from './media.ts';

export interface Transfer {
  readonly id: string;
  readonly state: 'complete';
  readonly dateIssued: string;
  readonly initiator: { readonly userId: string };
  readonly destination: { readonly userId?: string; readonly address?: string };
  readonly transferType: 'Attended' | 'Unattended';
}

/** One conversation with all its legs, oldest first. */
export class Conversation {
  readonly id: string;
  /** The medium it began with; legs may add others. */
  readonly media: Media;
  readonly direction: Direction;
  readonly customer: Customer;
  /** ISO 8601. */
  readonly startTime: string;
  readonly legs: Leg[] = [];
  readonly transfers: Transfer[] = [];
  /** Every queue that it has been in, in order. */
  readonly queues = new Map<string, Queue>();
  /** Set once nobody is left and all after-call work is done. ISO 8601. */
  endTime: string | undefined;
  /** Counts updates; a body made for one update is wrong for the next. */
  revision = 0;
  /** Detail events of the update that is being made. */
  details: DetailEvent[] = [];

  constructor(origin: {
    id: string;
    media: Media;
    direction: Direction;
    customer: Customer;
    startTime: string;
  }) {
    this.id = origin.id;
    this.media = origin.media;
    this.direction = origin.direction;
    this.customer = origin.customer;
    this.startTime = origin.startTime;
  }

  /** Nobody is left in it and no after-call work is open. */
  get over(): boolean {
    return this.legs.length > 0 && this.legs.every((leg) => !leg.live && !leg.wrappingUp);
  }

  /** When somebody last left it, or was done with after-call work; ISO 8601. */
  get lastTime(): string | undefined {
    return this.legs
      .flatMap(({ participant: { endTime = [], endAcwTime = [] } }) => [endTime, endAcwTime].flat())
      .sort()
      .at(-1);
  }

  get recordingState(): string {
    for (const leg of this.legs) {
      const state = leg.live ? leg.sessions.get('calls')?.recordingState : undefined;
      if (state !== undefined) return state;
    }
    return 'none';
  }

  /** Media types that some leg has. */
  get mediaTypes(): readonly Media[] {
    return [...new Set(this.legs.flatMap((leg) => [...leg.sessions.keys()]))];
  }

  divisions(): object[] {
    return [...this.queues.values()].map(({ divisionId }) => ({
      division: { id: divisionId, selfUri: `/api/v2/authorization/divisions/${divisionId}` },
      entities: this.legs
        .filter((leg) => this.queues.get(leg.participant.queueId ?? '')?.divisionId === divisionId)
        .map(({ id }) => ({ id })),
    }));
  }

  /** The whole conversation (`ConversationEventTopicConversation`) as compact JSON. */
  wholeBody(): string {
    const participants = this.legs.map((leg) => leg.text).join(',');
    const rest = JSON.stringify({
      recentTransfers: this.transfers.length > 0 ? this.transfers : undefined,
      recordingState: this.recordingState,
      inactivityTimeout: this.media === 'messages' ? 'PT72H' : undefined,
      divisions: this.divisions(),
    });
    return `{"id":"${this.id}","participants":[${participants}],${rest.slice(1)}`;
  }
}
