import type { Agent } from './directory.ts';
import type { Media } from './media.ts';

export type RoutingStatus = 'OFF_QUEUE' | 'IDLE' | 'INTERACTING' | 'NOT_RESPONDING';

const PRESENCES = {
  AVAILABLE: '6a3af858-942f-489d-9700-5f9bcdcdae9b',
  BUSY: '31fe3bac-dea6-44b7-bed7-47f91660a1a0',
  AWAY: '5e5c5c66-ea97-4e7f-ac41-6424784829f2',
  ON_QUEUE: 'e08eaf1b-ee47-4fa9-a231-1200e284798f',
} as const;

export type Presence = keyof typeof PRESENCES;

/** Media as `v2.users.{id}.conversationsummary` counts them (`UserConversationsEventUserConversationSummary`). */
const SUMMARY_NAMES: Readonly<Partial<Record<Media, string>>> = {
  calls: 'call',
  callbacks: 'callback',
  emails: 'email',
  messages: 'message',
  chats: 'chat',
  socialexpressions: 'socialExpression',
  videos: 'video',
};

/** What one agent is doing. Each setter says whether anything changed. */
export class AgentStatus {
  readonly agent: Agent;
  routingStatus: RoutingStatus = 'IDLE';
  presence: Presence = 'ON_QUEUE';
  readonly queueIds: readonly string[];
  #routingSince: string;
  #presenceSince: string;
  readonly #active = new Map<Media, number>();

  constructor(agent: Agent, queueIds: readonly string[], since: string) {
    this.agent = agent;
    this.queueIds = queueIds;
    this.#routingSince = since;
    this.#presenceSince = since;
  }

  /** How many conversations the agent has. */
  get load(): number {
    return [...this.#active.values()].reduce((sum, count) => sum + count, 0);
  }

  occupy(media: Media): void {
    this.#active.set(media, (this.#active.get(media) ?? 0) + 1);
  }

  release(media: Media): void {
    this.#active.set(media, Math.max(0, (this.#active.get(media) ?? 0) - 1));
  }

  setRoutingStatus(status: RoutingStatus, now: string): boolean {
    if (status === this.routingStatus) return false;
    this.routingStatus = status;
    this.#routingSince = now;
    return true;
  }

  setPresence(presence: Presence, now: string): boolean {
    if (presence === this.presence) return false;
    this.presence = presence;
    this.#presenceSince = now;
    return true;
  }

  /** Body of `v2.users.{id}.routingStatus` (`UserRoutingStatusUserRoutingStatus`). */
  routingStatusBody(): object {
    return {
      id: this.agent.id,
      routingStatus: { status: this.routingStatus, startTime: this.#routingSince },
    };
  }

  /** Body of `v2.users.{id}.presence` (`PresenceEventUserPresence`). */
  presenceBody(): object {
    return {
      source: 'PURECLOUD',
      presenceDefinition: this.#presenceDefinition(),
      primary: true,
      message: '',
      modifiedDate: this.#presenceSince,
    };
  }

  /** Body of `v2.users.{id}.activity` (`AgentActivityChangedTopicAgentActivity`). */
  activityBody(): object {
    return {
      id: this.agent.id,
      routingStatus: { id: this.agent.id, status: this.routingStatus, startTime: this.#routingSince },
      presence: { presenceDefinition: this.#presenceDefinition(), modifiedDate: this.#presenceSince },
      outOfOffice: { active: false, modifiedDate: '2026-01-01T00:00:00.000Z' },
      activeQueueIds: this.queueIds,
      dateActiveQueuesChanged: '2026-01-01T00:00:00.000Z',
    };
  }

  /** Body of `v2.users.{id}.conversationsummary`. */
  summaryBody(): object {
    const body: Record<string, unknown> = { userId: this.agent.id };
    for (const [media, name] of Object.entries(SUMMARY_NAMES)) {
      const active = [...this.#active].find(([key]) => key === media)?.[1] ?? 0;
      body[name] = { contactCenter: { active, acw: 0 }, enterprise: { active: 0, acw: 0 } };
    }
    return body;
  }

  #presenceDefinition(): object {
    return { id: PRESENCES[this.presence], systemPresence: this.presence };
  }
}
