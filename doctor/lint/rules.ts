import type { FindingCode, Report } from './finding.ts';
import type { JsonNode } from './json-tree.ts';
import { checkEntities, checkEventTypes } from './list-rules.ts';
import { type MemberName, meaningOf } from './member-names.ts';
import { type Located, type MessageMembers, objectOf, pathOf } from './message-members.ts';
import { quoted } from './quoted.ts';
import type { ReadMessage } from './read-message.ts';
import { inWords, isText } from './words.ts';

/** Holds a message against what a subscription is: `id`, `type` and a `filter` of `eventTypes` and `entities`. */
export function checkMessage(message: ReadMessage, members: MessageMembers): void {
  const { report } = message;
  // In a text that is broken, a member that can't be seen may yet be there.
  if (message.isComplete) checkMissing(message, members);
  checkType(members.type, report);
  checkId(members.id, report);
  checkFilter(members, report);
  checkEventTypes(members.eventTypes, report);
  checkEntities(members.entities, report);
  checkSuperfluous(members, report);
}

interface Mandatory {
  readonly code: FindingCode;
  readonly fix: string;
}

const MANDATORY: Readonly<Record<MemberName, Mandatory>> = {
  type: { code: 'subscribe-no-type', fix: 'Add "type":"subscribe".' },
  id: { code: 'subscribe-no-id', fix: 'Add an "id", any text that names the subscription.' },
  filter: {
    code: 'subscribe-no-filter',
    fix: 'Add "filter":{"eventTypes":[…],"entities":[…]}: it says what is to be received.',
  },
  eventTypes: { code: 'subscribe-no-event-types', fix: 'Add "eventTypes" to the filter, a list of paths.' },
  entities: {
    code: 'subscribe-no-entities',
    fix: 'Add "entities" to the filter: the ids of the conversations to follow, or [] for all.',
  },
};

function checkMissing({ object, report }: ReadMessage, members: MessageMembers): void {
  const miss = (name: MemberName, at: number, instead: Located | undefined) => {
    const elsewhere = instead
      ? `; ${quoted(instead.member.key)} stands where the server does not look for it`
      : '';
    report({
      ...MANDATORY[name],
      at,
      related: instead?.member.start,
      message: `There is no "${pathOf(name)}"${elsewhere}`,
    });
  };
  const { id, type, filter, eventTypes, entities } = members;
  if (!id?.isInPlace) miss('id', object.start, id);
  if (!type?.isInPlace) miss('type', object.start, type);
  if (!filter?.isInPlace) miss('filter', object.start, filter ?? eventTypes ?? entities);
  const inner = filter?.isInPlace ? objectOf(filter) : undefined;
  if (inner && !eventTypes?.isInPlace) miss('eventTypes', inner.start, eventTypes);
  if (inner && !entities?.isInPlace) miss('entities', inner.start, entities);
}

function checkType(type: Located | undefined, report: Report): void {
  const value = valueInPlace(type);
  if (value && !(value.kind === 'string' && value.value === 'subscribe'))
    report({
      code: 'subscribe-wrong-type',
      at: value.start,
      message: `"type" is ${inWords(value)}, but this message subscribes`,
      fix: 'Write "type":"subscribe", in lower case.',
    });
}

function checkId(id: Located | undefined, report: Report): void {
  const value = valueInPlace(id);
  if (value && !isText(value))
    report({
      code: 'subscribe-wrong-id',
      at: value.start,
      message: `"id" is ${inWords(value)}; it must be a text that isn't empty`,
      fix: 'Give it a text, such as "sub-1".',
    });
}

function checkFilter({ filter, eventTypes, entities }: MessageMembers, report: Report): void {
  const value = valueInPlace(filter);
  if (value && value.kind !== 'object')
    report({
      code: 'subscribe-wrong-filter',
      at: value.start,
      related: (eventTypes ?? entities)?.member.start,
      message: `"filter" is ${inWords(value)}; it must be an object`,
      fix: 'Write "filter":{"eventTypes":[…],"entities":[…]}.',
    });
}

function checkSuperfluous(members: MessageMembers, report: Report): void {
  for (const { key, start } of members.superfluous) {
    const name = meaningOf(key);
    const right = name && members[name]?.member;
    report({
      code: right ? 'subscribe-misplaced-member' : 'subscribe-unknown-member',
      at: start,
      related: right?.start,
      message: right
        ? `${quoted(key)} does not belong here: "${pathOf(name)}" is given already`
        : `${quoted(key)} is no member of a subscription`,
      fix: 'Remove it.',
    });
  }
}

/** A member that stands elsewhere is reported as missing; what is in it is another matter. */
function valueInPlace(located: Located | undefined): JsonNode | undefined {
  return located?.isInPlace ? located.member.value : undefined;
}
