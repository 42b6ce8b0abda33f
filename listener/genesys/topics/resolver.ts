import type { GenesysApi } from '../api.ts';
import { HttpError } from '../http.ts';
import { describeTopicSpec, isGenesysId, type TopicSpec } from './spec.ts';

/** Something of TOPICS that gives no topic, and what is missing. */
export interface TopicProblem {
  readonly spec: string;
  readonly problem: string;
}

export interface ResolvedTopics {
  /** Topic names, not combined, in the order of the configuration, without repetitions. */
  readonly topics: readonly string[];
  readonly problems: readonly TopicProblem[];
}

/**
 * What Genesys Cloud publishes about one conversation whatever queue or agent it meets: the detail events.
 * `transcription` is left out on purpose: it carries what people say, so it has to be asked for by name.
 */
const DETAIL_EVENTS = [
  'acd.start',
  'acd.end',
  'acw',
  'attributes',
  'contact',
  'customer.start',
  'customer.end',
  'flow.start',
  'flow.end',
  'flow.outcome',
  'outbound',
  'user.start',
  'user.end',
  'voicemail.start',
  'voicemail.end',
  'wrapup',
] as const;

const QUEUE_PERMISSION = 'routing:queue:view';
const USER_PERMISSION = 'directory:user:view';

/** The topics of a conversation that need no looking up. */
export function conversationTopics(conversationId: string): string[] {
  return DETAIL_EVENTS.map((event) => `v2.detail.events.conversation.${conversationId}.${event}`);
}

/** Turns what the configuration asks for into topic names, by asking the REST API for ids. */
export class TopicResolver {
  readonly #api: GenesysApi;
  readonly #specs: readonly TopicSpec[];

  constructor(api: GenesysApi, specs: readonly TopicSpec[]) {
    this.#api = api;
    this.#specs = specs;
  }

  /** Whether asking again may give other topics. */
  get mayChange(): boolean {
    return this.#specs.some((spec) => spec.kind !== 'topic' && spec.kind !== 'conversation');
  }

  /**
   * Asks for every spec. A queue or user that isn't there or may not be seen is a problem of its own and
   * stops no other.
   * @throws {HttpError} the API did not answer, or refused the token
   */
  async resolve(signal?: AbortSignal): Promise<ResolvedTopics> {
    const topics = new Set<string>();
    const problems: TopicProblem[] = [];
    for (const spec of this.#specs) {
      const found = await this.#look(spec, signal);
      if (typeof found === 'string') problems.push({ spec: describeTopicSpec(spec), problem: found });
      else for (const topic of found) topics.add(topic);
    }
    return { topics: [...topics], problems };
  }

  async #look(spec: TopicSpec, signal: AbortSignal | undefined): Promise<string[] | string> {
    try {
      switch (spec.kind) {
        case 'topic':
          return [spec.name];
        case 'conversation':
          return conversationTopics(spec.id);
        case 'all-queues':
          return await this.#allQueues(signal);
        case 'queue':
          return await this.#queue(spec.nameOrId, signal);
        case 'user':
          return await this.#user(spec.emailOrId, signal);
      }
    } catch (error) {
      if (error instanceof HttpError && error.status === 403) {
        const permission = spec.kind === 'user' ? USER_PERMISSION : QUEUE_PERMISSION;
        return `looking it up needs the permission ${permission}: ${error.message}`;
      }
      throw error;
    }
  }

  async #allQueues(signal: AbortSignal | undefined): Promise<string[] | string> {
    const queues = await this.#api.queues(undefined, signal);
    if (queues.length === 0)
      return `no queue is visible: the client's role needs ${QUEUE_PERMISSION} in a division that has queues`;
    return queues.map(({ id }) => queueTopic(id));
  }

  async #queue(nameOrId: string, signal: AbortSignal | undefined): Promise<string[] | string> {
    if (isGenesysId(nameOrId)) {
      const queue = await this.#api.queue(nameOrId, signal);
      return queue ? [queueTopic(queue.id)] : missing('queue', nameOrId, QUEUE_PERMISSION);
    }
    const wanted = nameOrId.toLowerCase();
    const named = await this.#api.queues(nameOrId, signal);
    const [queue, ...others] = named.filter(({ name }) => name.toLowerCase() === wanted);
    if (others.length > 0) return `${others.length + 1} queues have this name: name it by id`;
    return queue ? [queueTopic(queue.id)] : missing('queue', nameOrId, QUEUE_PERMISSION);
  }

  async #user(emailOrId: string, signal: AbortSignal | undefined): Promise<string[] | string> {
    const user = isGenesysId(emailOrId)
      ? await this.#api.user(emailOrId, signal)
      : await this.#api.userByEmail(emailOrId, signal);
    return user ? [`v2.users.${user.id}.conversations`] : missing('user', emailOrId, USER_PERMISSION);
  }
}

function queueTopic(queueId: string): string {
  return `v2.routing.queues.${queueId}.conversations`;
}

function missing(kind: 'queue' | 'user', wanted: string, permission: string): string {
  return `there is no ${kind} "${wanted}", or the client's role lacks ${permission} in its division`;
}
