import type { AvailableTopic } from '../api.ts';
import { expandTopic } from './combine.ts';

/** What Genesys Cloud says of the topics an org has: which permissions each asks for, and whether sockets carry it. */
export class TopicCatalogue {
  readonly #topics: readonly { readonly pattern: RegExp; readonly topic: AvailableTopic }[];

  constructor(available: readonly AvailableTopic[]) {
    this.#topics = available.map((topic) => ({ pattern: templatePattern(topic.id), topic }));
  }

  /** The catalogue's entry for a topic by its full name, or for the first of a combined one; undefined when unknown. */
  find(topicName: string): AvailableTopic | undefined {
    const [first] = expandTopic(topicName);
    return first === undefined ? undefined : this.#topics.find(({ pattern }) => pattern.test(first))?.topic;
  }
}

/** `v2.users.{id}.presence` → a pattern that matches the topic of any one user. */
function templatePattern(template: string): RegExp {
  const parts = template.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^.]+')}$`, 'i');
}
