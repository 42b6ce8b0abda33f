import { ALL_MEDIA, MEDIA, type Media } from './media.ts';
import type { Session, Wrapup } from './session.ts';

export type Purpose = 'customer' | 'ivr' | 'workflow' | 'acd' | 'agent';

/** A participant as conversation notifications show it, its sessions aside. Fields in the order they are sent. */
export interface Participant {
  readonly id: string;
  connectedTime: string | undefined;
  endTime: string | undefined;
  readonly userId: string | undefined;
  readonly name: string | undefined;
  readonly queueId: string | undefined;
  readonly purpose: Purpose;
  readonly consultParticipantId: string | undefined;
  readonly address: string | undefined;
  wrapupRequired: boolean;
  readonly wrapupExpected: boolean;
  readonly wrapupPrompt: 'optional' | undefined;
  wrapup: Wrapup | undefined;
  startAcwTime: string | undefined;
  endAcwTime: string | undefined;
  readonly conversationRoutingData: object | undefined;
  readonly alertingTimeoutMs: number | undefined;
  readonly attributes: Record<string, string>;
}

/**
 * A participant and its sessions. Legs of a conversation never go away, they end.
 * Its text is kept until it is next edited: most legs of a long conversation no longer change.
 */
export class Leg {
  readonly participant: Participant;
  readonly sessions = new Map<Media, Session>();
  /** ISO 8601. The whole-conversation topics leave it out; the media topics and REST show it. */
  readonly startTime: string;
  #text: string | undefined;

  constructor(participant: Participant, startTime: string) {
    this.participant = participant;
    this.startTime = startTime;
  }

  get id(): string {
    return this.participant.id;
  }

  /** Still taking part: neither ended nor left with only after-call work to do. */
  get live(): boolean {
    return this.participant.endTime === undefined && this.participant.startAcwTime === undefined;
  }

  get wrappingUp(): boolean {
    return this.participant.startAcwTime !== undefined && this.participant.endAcwTime === undefined;
  }

  /** Changes the participant or its sessions; the only way to do it. */
  edit(change: (participant: Participant, sessions: ReadonlyMap<Media, Session>) => void): void {
    change(this.participant, this.sessions);
    this.#text = undefined;
  }

  addSession(media: Media, session: Session): void {
    this.sessions.set(media, session);
    this.#text = undefined;
  }

  /** The participant of a whole conversation, as compact JSON. */
  get text(): string {
    this.#text ??= JSON.stringify(this.#toParticipant());
    return this.#text;
  }

  /** The participant of a whole conversation (`ConversationEventTopicParticipant`). */
  #toParticipant(): object {
    const sessions: Record<string, object[]> = {};
    for (const media of ALL_MEDIA) {
      const session = this.sessions.get(media);
      if (session) sessions[MEDIA[media].array] = [{ ...session, additionalProperties: {} }];
    }
    return { ...this.participant, ...sessions, additionalProperties: {} };
  }
}
