import type { JsonNode, Member, ObjectNode } from './json-tree.ts';
import { MEMBERS_OF_FILTER, type MemberName, meaningOf } from './member-names.ts';

/** One member that a subscription has, as it was written. */
export interface Located {
  /** The one that counts: the last of equal keys, as JSON parsers have it. */
  readonly member: Member;
  /** All with this key in this object, in order. */
  readonly written: readonly Member[];
  /** Whether it has the right name and stands in the right object. */
  readonly isInPlace: boolean;
}

/**
 * Finds a subscription's members, each in its place or, failing that, wherever something stands that means it:
 * under another name, at another depth.
 */
export class MessageMembers {
  readonly id: Located | undefined;
  readonly type: Located | undefined;
  readonly filter: Located | undefined;
  readonly eventTypes: Located | undefined;
  readonly entities: Located | undefined;
  readonly #message: ObjectNode;
  readonly #claimed = new Set<Member>();

  constructor(message: ObjectNode) {
    this.#message = message;
    // Those in their places first, so that none of them is taken for another that is missing.
    const filter = this.#inPlace(message, 'filter');
    const filterObject = objectOf(filter);
    const id = this.#inPlace(message, 'id');
    const type = this.#inPlace(message, 'type');
    const eventTypes = this.#inPlace(filterObject, 'eventTypes');
    const entities = this.#inPlace(filterObject, 'entities');
    this.filter = filter ?? this.#elsewhere('filter');
    this.eventTypes = eventTypes ?? this.#elsewhere('eventTypes');
    this.entities = entities ?? this.#elsewhere('entities');
    this.id = id ?? this.#elsewhere('id');
    this.type = type ?? this.#elsewhere('type');
  }

  /** Members of the message and of its filter that stand for nothing that was looked for. */
  get superfluous(): Member[] {
    const filter = objectOf(this.filter);
    return [...this.#message.members, ...(filter?.members ?? [])].filter(
      (member) => !this.#claimed.has(member),
    );
  }

  #inPlace(object: ObjectNode | undefined, name: MemberName): Located | undefined {
    return this.#claim(object?.members.filter((member) => member.key === name) ?? [], true);
  }

  #elsewhere(name: MemberName): Located | undefined {
    const free = allMembers(this.#message).filter((member) => !this.#claimed.has(member));
    const found =
      free.find((member) => member.key === name) ?? free.find((member) => meaningOf(member.key) === name);
    return this.#claim(
      free.filter((member) => member.key === found?.key),
      false,
    );
  }

  #claim(written: readonly Member[], isInPlace: boolean): Located | undefined {
    for (const member of written) this.#claimed.add(member);
    const member = written.at(-1);
    return member && { member, written, isInPlace };
  }
}

export function objectOf(located: Located | undefined): ObjectNode | undefined {
  const value = located?.member.value;
  return value?.kind === 'object' ? value : undefined;
}

/** Where a member belongs, for people. */
export function pathOf(name: MemberName): string {
  return MEMBERS_OF_FILTER.includes(name) ? `filter.${name}` : name;
}

function allMembers(node: JsonNode): Member[] {
  if (node.kind === 'array') return node.items.flatMap(allMembers);
  if (node.kind !== 'object') return [];
  return [...node.members, ...node.members.flatMap(({ value }) => (value ? allMembers(value) : []))];
}
