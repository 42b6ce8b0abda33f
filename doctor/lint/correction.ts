import { DEFAULT_EVENT_TYPE, isKnownEventType, nearestEventType } from './event-types.ts';
import type { JsonNode } from './json-tree.ts';
import { type Located, type MessageMembers, objectOf } from './message-members.ts';
import { quoted } from './quoted.ts';

export interface Correction {
  readonly corrected: string;
  readonly assumptions: readonly string[];
}

const DEFAULT_ID = 'sub-1';

/** A UUID, as Genesys Cloud names conversations, or a name that says that it is one. */
const CONVERSATION_ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|conv(?:ersation)?[-_:].+)$/i;

/**
 * The subscription that was meant, in canonical form, as far as that can be told.
 * Whatever had to be assumed is said in a sentence.
 * @param members undefined when no object could be read
 */
export function correct(members: MessageMembers | undefined): Correction {
  const assumptions: string[] = [];
  const assume = (sentence: string) => {
    assumptions.push(sentence);
  };
  const { id, conversation } = chooseId(members?.id, assume);
  const eventTypes = chooseEventTypes(members, assume);
  const entities = chooseEntities(members?.entities, conversation, assume);
  const corrected = JSON.stringify({ id, type: 'subscribe', filter: { eventTypes, entities } });
  return { corrected, assumptions };
}

/**
 * An `id` written twice with two values was meant twice: once for the subscription, once for what to follow.
 * A value that is a conversation's id, beside one that isn't, is what to follow. Else the last counts, as it
 * does for a JSON parser.
 */
function chooseId(located: Located | undefined, assume: (sentence: string) => void) {
  const ids = [...new Set(located?.written.flatMap(({ value }) => textsOf(value)))];
  const conversations = ids.filter((id) => CONVERSATION_ID.test(id));
  const names = ids.filter((id) => !CONVERSATION_ID.test(id));
  const id = names.at(-1) ?? ids.at(-1);
  const conversation = names.length > 0 ? conversations : [];
  if (id === undefined)
    assume(`No id was given: "${DEFAULT_ID}" names the subscription, any other text would do.`);
  else if (ids.length > 1)
    assume(
      conversation.length > 0
        ? `Of the ids, ${quoted(id)} was taken for the name of the subscription and ${listed(conversation)} for what to follow.`
        : `Of the ids, the last, ${quoted(id)}, was taken, as a JSON parser would.`,
    );
  return { id: id ?? DEFAULT_ID, conversation: ids.length > 1 ? conversation : [] };
}

function chooseEventTypes(members: MessageMembers | undefined, assume: (sentence: string) => void): string[] {
  const filter = members?.filter;
  const stated = members?.eventTypes?.member.value ?? (objectOf(filter) ? undefined : filter?.member.value);
  const chosen = new Set<string>();
  for (const written of textsOf(stated)) {
    const { eventType, isMeant } = nearestEventType(written);
    if (isKnownEventType(written) || isMeant) chosen.add(isKnownEventType(written) ? written : eventType);
    else assume(`${quoted(written)} was left out: it is near no known event type.`);
  }
  if (chosen.size > 0) return [...chosen];
  assume(`No event type was understood: "${DEFAULT_EVENT_TYPE}" was put in.`);
  return [DEFAULT_EVENT_TYPE];
}

function chooseEntities(
  located: Located | undefined,
  conversation: readonly string[],
  assume: (sentence: string) => void,
): string[] {
  const stated = [...new Set(textsOf(located?.member.value))];
  if (stated.length > 0) return stated;
  if (conversation.length === 0 && !isEmptyList(located?.member.value))
    assume('No conversation was named: with no entities all conversations are followed.');
  return [...conversation];
}

function isEmptyList(value: JsonNode | undefined): boolean {
  return value?.kind === 'array' && value.items.length === 0;
}

/** The texts that a value stands for: itself, its items; a number is a text without quotes. */
function textsOf(value: JsonNode | undefined): string[] {
  if (value?.kind === 'array')
    return value.items.flatMap((item) => (item.kind === 'array' ? [] : textsOf(item)));
  if (value?.kind === 'number') return [String(value.value)];
  return value?.kind === 'string' && value.value !== '' ? [value.value] : [];
}

function listed(texts: readonly string[]): string {
  return texts.map(quoted).join(', ');
}
