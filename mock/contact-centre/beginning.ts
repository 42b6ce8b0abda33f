import type { Conversation } from './conversation.ts';

/** The outline of a conversation at a time. Times are ISO 8601. */
export class Beginning {
  readonly id: string;
  readonly direction: 'inbound' | 'outbound';
  readonly startTime: string;
  readonly endTime: string | undefined;
  readonly #conversation: Conversation;

  constructor(conversation: Conversation) {
    this.id = conversation.id;
    this.direction = conversation.direction;
    this.startTime = conversation.startTime;
    this.endTime = conversation.endTime;
    this.#conversation = conversation;
  }

  /** Looked up when asked for: of tens of thousands, a page of an answer shows a hundred. */
  get divisionIds(): readonly string[] {
    return [...new Set([...this.#conversation.queues.values()].map(({ divisionId }) => divisionId))];
  }
}
