import type { ResolvedTopics } from '../topics/resolver.ts';
import { parseTopicSpec } from '../topics/spec.ts';

/** Stands for every conversation of the organisation. */
const ALL_CONVERSATIONS = 'conversations:*';

const ONE_CONVERSATION = 'conversation:';

/** The conversations that TOPICS asks for, each once; empty means all. */
export interface WantedConversations {
  readonly ids: readonly string[];
  /** What is wrong with TOPICS, one line each. */
  readonly problems: readonly string[];
}

/** Reads TOPICS as the org socket takes it: conversations alone, and all of them when nothing is said. */
export function parseConversations(text: string): WantedConversations {
  const items = new Set(text.split(',').map((item) => item.trim()));
  items.delete('');
  const all = items.delete(ALL_CONVERSATIONS);
  const ids: string[] = [];
  const problems: string[] = [];
  const others: string[] = [];
  for (const item of items) {
    if (!item.startsWith(ONE_CONVERSATION)) {
      others.push(item);
      continue;
    }
    const spec = parseTopicSpec(item);
    if (typeof spec === 'string') problems.push(spec);
    else if (spec.kind === 'conversation') ids.push(spec.id);
  }
  if (others.length > 0)
    problems.push(
      `the org socket can't be asked for ${others.join(', ')}; use ${ONE_CONVERSATION}<id>, or ${ALL_CONVERSATIONS} (the same as no TOPICS)`,
    );
  return { ids: all ? [] : [...new Set(ids)], problems };
}

/** What a session asks for, in the form of topics, so that it knows nothing of the difference. */
export class ConversationTopics {
  /** Nothing is looked up, so nothing can change. */
  readonly mayChange = false;
  readonly #topics: readonly string[];

  /** @param ids empty means all conversations */
  constructor(ids: readonly string[]) {
    this.#topics = ids.length === 0 ? [ALL_CONVERSATIONS] : ids.map((id) => `${ONE_CONVERSATION}${id}`);
  }

  async resolve(): Promise<ResolvedTopics> {
    return { topics: this.#topics, problems: [] };
  }
}

/** The other way: topics of this dialect as the entities of a filter. */
export function entitiesOf(topics: readonly string[]): string[] {
  return topics.includes(ALL_CONVERSATIONS)
    ? []
    : topics.map((topic) => topic.slice(ONE_CONVERSATION.length));
}
