import { isKnownEventType, nearestEventType, whyNotAnEventType } from './event-types.ts';
import type { FindingCode, Report } from './finding.ts';
import type { StringNode } from './json-tree.ts';
import type { Located } from './message-members.ts';
import { quoted } from './quoted.ts';
import { inWords, isText } from './words.ts';

/** A list of at least one path, each of which is known. Paths are looked at wherever the list stands. */
export function checkEventTypes(eventTypes: Located | undefined, report: Report): void {
  checkList('subscribe-wrong-event-types', eventTypes, report);
  const value = eventTypes?.member.value;
  if (eventTypes?.isInPlace && value?.kind === 'array' && value.items.length === 0)
    report({
      code: 'subscribe-no-event-types',
      at: value.start,
      message: '"eventTypes" is empty, so nothing would be received',
      fix: 'List at least one event type.',
    });
  for (const item of value?.kind === 'array' ? value.items : [value])
    if (item && isText(item) && !isKnownEventType(item.value)) reportBadEventType(item, report);
}

/** A list of conversation ids; empty stands for all conversations. */
export function checkEntities(entities: Located | undefined, report: Report): void {
  checkList('subscribe-wrong-entities', entities, report);
}

function reportBadEventType({ value, start }: StringNode, report: Report): void {
  const { eventType, isMeant } = nearestEventType(value);
  report({
    code: 'subscribe-bad-event-type',
    at: start,
    message: `${quoted(value)} ${whyNotAnEventType(value)}; the nearest known one is "${eventType}"`,
    fix: `Write "${eventType}"${isMeant ? '' : ', if conversations are what is to be followed'}.`,
  });
}

function checkList(code: FindingCode, located: Located | undefined, report: Report): void {
  const { key, value } = located?.member ?? {};
  // A list that stands elsewhere is reported for that; it has to be written anew anyhow.
  if (value === undefined || !located?.isInPlace) return;
  if (value.kind === 'array') {
    for (const item of value.items)
      if (!isText(item))
        report({
          code,
          at: item.start,
          message: `"${key}" holds ${inWords(item)}; its items are texts that aren't empty`,
          fix: 'Make it a text, or remove it.',
        });
  } else
    report({
      code,
      at: value.start,
      message: `"${key}" is ${inWords(value)}; it must be a list of texts`,
      fix: value.kind === 'string' ? 'Put it into square brackets.' : `Write "${key}":[…].`,
    });
}
