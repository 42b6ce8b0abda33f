import { combineTopics } from './combine.ts';
import { conversationTopics } from './resolver.ts';
import { parseTopicSpec, type TopicSpec } from './spec.ts';

/** Topics a channel may hold; Genesys Cloud answers 400 beyond. */
export const MOST_TOPICS = 1000;

/** What TOPICS asks a channel for. */
export interface ConfiguredTopics {
  readonly specs: readonly TopicSpec[];
  /** What is wrong with TOPICS, one line each. */
  readonly problems: readonly string[];
}

/** Reads TOPICS as a channel takes it. */
export function parseTopics(text: string): ConfiguredTopics {
  const specs: TopicSpec[] = [];
  const problems: string[] = [];
  const items = new Set(text.split(',').map((item) => item.trim()));
  items.delete('');
  for (const item of items) {
    const spec = parseTopicSpec(item);
    if (typeof spec === 'string') problems.push(spec);
    else specs.push(spec);
  }
  if (items.size === 0) problems.push('no topic is given; set for instance TOPICS=queues:*');
  const subscriptions = leastSubscriptions(specs);
  if (subscriptions > MOST_TOPICS)
    problems.push(
      `needs ${subscriptions} subscriptions or more; a channel holds ${MOST_TOPICS} at most: spread the topics over shards`,
    );
  return { specs, problems };
}

/** What a channel would have to hold: topics that combine count once, and what has to be looked up is at least one. */
function leastSubscriptions(specs: readonly TopicSpec[]): number {
  const names = specs.flatMap((spec) => {
    if (spec.kind === 'topic') return spec.name;
    return spec.kind === 'conversation' ? conversationTopics(spec.id) : [];
  });
  const lookedUp = specs.filter(({ kind }) => kind !== 'topic' && kind !== 'conversation');
  return combineTopics(names).length + lookedUp.length;
}
