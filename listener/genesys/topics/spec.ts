/** What the configuration asks to listen to, before it is looked up. */
export type TopicSpec =
  | { readonly kind: 'topic'; readonly name: string }
  | { readonly kind: 'queue'; readonly nameOrId: string }
  | { readonly kind: 'all-queues' }
  | { readonly kind: 'user'; readonly emailOrId: string }
  | { readonly kind: 'conversation'; readonly id: string };

const FORMS =
  'queues:*, queue:<name or id>, user:<email or id>, conversation:<id>, or a topic that begins with v2.';

/** One item of TOPICS; a string is the one line that says what is wrong with it. */
export function parseTopicSpec(text: string): TopicSpec | string {
  if (text === 'queues:*') return { kind: 'all-queues' };
  const [, scheme, rest] = /^(queue|user|conversation):(.*)$/s.exec(text) ?? [];
  const value = rest?.trim() ?? '';
  if (scheme !== undefined && value === '') return `"${text}" names no ${scheme}; use ${FORMS}`;
  if (scheme === 'queue') return { kind: 'queue', nameOrId: value };
  if (scheme === 'user') return { kind: 'user', emailOrId: value };
  if (scheme === 'conversation') {
    return isGenesysId(value)
      ? { kind: 'conversation', id: value }
      : `"${text}" is no conversation id; it has the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`;
  }
  if (/^v2\.[A-Za-z0-9._?&-]+$/.test(text)) return { kind: 'topic', name: text };
  return `"${text}" is no topic; use ${FORMS}`;
}

/** Ids of queues, users and conversations are UUIDs. */
export function isGenesysId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** The spec as it was written. */
export function describeTopicSpec(spec: TopicSpec): string {
  switch (spec.kind) {
    case 'topic':
      return spec.name;
    case 'queue':
      return `queue:${spec.nameOrId}`;
    case 'all-queues':
      return 'queues:*';
    case 'user':
      return `user:${spec.emailOrId}`;
    case 'conversation':
      return `conversation:${spec.id}`;
  }
}
