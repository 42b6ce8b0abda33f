/** The longest combined topic, in characters. The documentation says 200; Genesys's own client stays below. */
const LONGEST_TOPIC = 199;

/** `prefix?a&b` → `prefix.a`, `prefix.b`: the names that notifications arrive under. */
export function expandTopic(topic: string): string[] {
  const mark = topic.indexOf('?');
  if (mark < 0) return [topic];
  const prefix = topic.slice(0, mark);
  return topic
    .slice(mark + 1)
    .split('&')
    .filter((suffix) => suffix !== '')
    .map((suffix) => `${prefix}.${suffix}`);
}

/**
 * Joins topics that differ in their last segment alone, so that they count as one of a channel's 1,000.
 * Order of first appearance is kept, repetitions go.
 */
export function combineTopics(topics: readonly string[]): string[] {
  const suffixesByPrefix = new Map<string, string[]>();
  for (const topic of new Set(topics.flatMap(expandTopic))) {
    const dot = topic.lastIndexOf('.');
    if (dot < 0) {
      // The org socket's, which are single words.
      suffixesByPrefix.set(topic, []);
      continue;
    }
    const prefix = topic.slice(0, dot);
    const suffixes = suffixesByPrefix.get(prefix);
    if (suffixes) suffixes.push(topic.slice(dot + 1));
    else suffixesByPrefix.set(prefix, [topic.slice(dot + 1)]);
  }
  return [...suffixesByPrefix].flatMap(([prefix, suffixes]) => joinSuffixes(prefix, suffixes));
}

function joinSuffixes(prefix: string, suffixes: readonly string[]): string[] {
  if (suffixes.length === 0) return [prefix];
  const groups: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const suffix of suffixes) {
    length += suffix.length + 1;
    const group = groups.at(-1);
    if (group && length <= LONGEST_TOPIC) group.push(suffix);
    else {
      groups.push([suffix]);
      length = prefix.length + suffix.length + 1;
    }
  }
  return groups.map((group) =>
    group.length === 1 ? `${prefix}.${group[0]}` : `${prefix}?${group.join('&')}`,
  );
}
