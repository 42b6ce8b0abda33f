import { z } from 'zod';
import type { Switches } from '../genesys/switches.ts';
import type { JsonObject } from './client-message.ts';
import type { ClientFault, FaultCode } from './fault.ts';

/** The one event type that is known of the org socket. */
export const CONVERSATION_UPDATED = 'conversation:conversation:updated';
const EVENT_TYPES: ReadonlySet<string> = new Set([CONVERSATION_UPDATED]);

/** What a subscription asks for. */
export interface OrgSubscription {
  readonly id: string;
  readonly eventTypes: readonly string[];
  /** Ids of conversations; empty means all. */
  readonly entities: readonly string[];
}

const Id = z.string().min(1);
const Texts = z.array(z.string());

/** What is wrong with a subscribe message, all of it, and what can be understood of it. */
export function checkSubscribe(
  message: JsonObject,
  { filterEntities }: Pick<Switches, 'filterEntities'>,
): { readonly faults: readonly ClientFault[]; readonly subscription: OrgSubscription | undefined } {
  const faults: ClientFault[] = [];
  const fault = (code: FaultCode, text: string) => {
    faults.push({ code, message: text });
    return undefined;
  };

  if (message['type'] === undefined) fault('subscription.no.type', 'The message has no type');
  else if (message['type'] !== 'subscribe')
    fault('subscription.malformed', `There is no message of the type ${JSON.stringify(message['type'])}`);

  const id = Id.safeParse(message['id']);
  if (!id.success) fault('subscription.no.id', 'The subscription has no id, a text that names it');

  const filter = z.record(z.string(), z.unknown()).safeParse(message['filter']);
  if (!filter.success) fault('subscription.no.filter', 'The subscription has no filter');

  const eventTypes = Texts.min(1).safeParse(filter.data?.['eventTypes']);
  const unknown = eventTypes.data?.filter((type) => !EVENT_TYPES.has(type)) ?? [];
  if (filter.success && !eventTypes.success)
    fault('subscription.bad.event.type', 'filter.eventTypes is no array with at least one event type');
  for (const type of unknown) fault('subscription.bad.event.type', `There is no event type "${type}"`);

  const given = filter.data?.['entities'];
  const entities = Texts.safeParse(given === undefined && filterEntities === 'optional' ? [] : given);
  if (filter.success && !entities.success)
    fault('subscription.malformed', 'filter.entities is no array of ids; an empty one means all');

  const subscription =
    id.success && eventTypes.success && entities.success
      ? { id: id.data, eventTypes: eventTypes.data, entities: entities.data }
      : undefined;
  return { faults, subscription };
}
