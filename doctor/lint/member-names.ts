import { distance } from 'fastest-levenshtein';

export type MemberName = 'id' | 'type' | 'filter' | 'eventTypes' | 'entities';

/** Where each member stands. */
const MEMBERS_OF_MESSAGE: readonly MemberName[] = ['id', 'type', 'filter'];
export const MEMBERS_OF_FILTER: readonly MemberName[] = ['eventTypes', 'entities'];

/** Other names that people give a member, lower-case and without separators. */
const ALIASES: Readonly<Record<MemberName, readonly string[]>> = {
  id: ['subscriptionid', 'subid', 'requestid'],
  type: ['action', 'method', 'op', 'operation', 'command', 'messagetype'],
  filter: ['filters'],
  eventTypes: ['eventtype', 'event', 'events', 'topic', 'topics'],
  entities: [
    'entity',
    'entityid',
    'entityids',
    'conversation',
    'conversationid',
    'conversationids',
    'conversations',
  ],
};

const NAMES: readonly MemberName[] = [...MEMBERS_OF_MESSAGE, ...MEMBERS_OF_FILTER];

/** The member that a key stands for: by its name, another case or spelling, an alias, or a typing error. */
export function meaningOf(key: string): MemberName | undefined {
  const plain = plainOf(key);
  return (
    NAMES.find((name) => plain === plainOf(name) || ALIASES[name].includes(plain)) ??
    NAMES.find((name) => distance(plain, plainOf(name)) <= typingErrors(name))
  );
}

function plainOf(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The shorter a name, the sooner another word is taken for it. */
function typingErrors(name: MemberName): number {
  if (name.length <= 2) return 0;
  return name.length <= 4 ? 1 : 2;
}
