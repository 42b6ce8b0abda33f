import { AgentStatus, type Presence, type RoutingStatus } from './agent-status.ts';
import { agentNotifications, type TopicNotification } from './change.ts';
import { type Agent, createAgent, type Queue } from './directory.ts';
import type { Media } from './media.ts';
import type { Random } from './random.ts';

interface Changed {
  routing: boolean;
  presence: boolean;
  summary: boolean;
}

/** The agents: who is free, what each is doing, and what their topics are to be told of it. */
export class Workforce {
  readonly #random: Random;
  /** ISO 8601. */
  readonly #now: () => string;
  readonly #statuses = new Map<string, AgentStatus>();
  readonly #changed = new Map<AgentStatus, Changed>();

  constructor(options: { random: Random; now: () => string; agents: number; queues: readonly Queue[] }) {
    this.#random = options.random;
    this.#now = options.now;
    for (let index = 0; index < options.agents; index += 1) {
      const agent = createAgent(this.#random, index);
      const mine = options.queues.filter((_, place) => (place + index) % 2 === 0).map(({ id }) => id);
      this.#statuses.set(agent.id, new AgentStatus(agent, mine, this.#now()));
    }
  }

  get agents(): readonly Agent[] {
    return [...this.#statuses.values()].map(({ agent }) => agent);
  }

  agent(id: string): Agent | undefined {
    return this.#statuses.get(id)?.agent;
  }

  /** The least busy member of the queue; anybody when all members have been tried. */
  pick(queue: Queue, except: ReadonlySet<string>): Agent {
    const all = [...this.#statuses.values()];
    const untried = all.filter(({ agent }) => !except.has(agent.id));
    const members = untried.filter(({ queueIds }) => queueIds.includes(queue.id));
    const candidates = [members, untried, all].find((list) => list.length > 0) ?? [];
    const load = Math.min(...candidates.map((status) => status.load));
    return this.#random.pick(candidates.filter((status) => status.load === load)).agent;
  }

  /** The agent has taken a conversation on. */
  occupied(agent: Agent, media: Media): void {
    const status = this.#statuses.get(agent.id);
    if (!status) return;
    status.occupy(media);
    this.#change(status).summary = true;
    this.#route(status, 'INTERACTING');
  }

  /** The agent is done with it. */
  released(agent: Agent, media: Media): void {
    const status = this.#statuses.get(agent.id);
    if (!status) return;
    status.release(media);
    this.#change(status).summary = true;
    if (status.load === 0) this.#route(status, 'IDLE');
  }

  /** The agent let it ring. */
  missed(agent: Agent): void {
    const status = this.#statuses.get(agent.id);
    if (status) this.#route(status, 'NOT_RESPONDING');
  }

  /** Somebody goes away, comes back, or means to and does not. */
  changePresence(): void {
    const status = this.#random.pick([...this.#statuses.values()]);
    const presence = this.#random.pick<Presence>(['AVAILABLE', 'BUSY', 'AWAY', 'ON_QUEUE']);
    if (status.setPresence(presence, this.#now())) this.#change(status).presence = true;
  }

  /** What has changed since the last call, one list an agent. */
  takeNotifications(): TopicNotification[][] {
    const lists = [...this.#changed].map(([status, changed]) => agentNotifications(status, changed));
    this.#changed.clear();
    return lists;
  }

  #route(status: AgentStatus, to: RoutingStatus): void {
    if (status.setRoutingStatus(to, this.#now())) this.#change(status).routing = true;
  }

  #change(status: AgentStatus): Changed {
    const changed = this.#changed.get(status) ?? { routing: false, presence: false, summary: false };
    this.#changed.set(status, changed);
    return changed;
  }
}
