import { type DetailType, eventSchemas } from '../../listener/contract/event.ts';
import { DETAIL_TYPES } from '../../listener/contract/vocabulary.ts';
import { Failure } from './failure.ts';

const MOST_PROBLEMS = 5;

/** What Lambda’s runtime makes of an event’s JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** An event that fits the contract. */
export interface AcceptedEvent {
  /** The event as it came, for mapping: nothing added, nothing left out. */
  readonly event: JsonObject;
  readonly eventId: string;
  /** Undefined when the event is about no conversation. */
  readonly conversationId: string | undefined;
  /** Of the replay of the archive that brings it; undefined when it is no replay. */
  readonly replayName: string | undefined;
}

/** An id that can stand in a header as it is. The bridge's own are hashes. */
const USABLE_ID = /^[!-~]{1,255}$/;

const SCHEMAS: ReadonlyMap<unknown, (typeof eventSchemas)[DetailType]> = new Map(
  Object.entries(eventSchemas),
);

/** @throws {Failure} `InvalidEvent`, with the first problems; never with what the event holds */
export function acceptEvent(event: unknown): AcceptedEvent {
  if (!isJsonObject(event)) throw new Failure('InvalidEvent', 'the event is no JSON object');
  const schema = SCHEMAS.get(event['detail-type']);
  if (schema === undefined) throw new Failure('InvalidEvent', 'the contract knows no such detail-type');
  const parsed = schema.safeParse(event);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Failure('InvalidEvent', problems.slice(0, MOST_PROBLEMS).join('; '));
  }
  const { data } = parsed;
  const { eventId } = data.detail.bridge;
  if (!USABLE_ID.test(eventId))
    throw new Failure('InvalidEvent', 'detail.bridge.eventId: is no text that can stand in a header');
  const conversationId =
    data['detail-type'] === DETAIL_TYPES.conversationUpdated ? data.detail.conversation.id : undefined;
  const replayName = event['replay-name'];
  return {
    event,
    eventId,
    conversationId,
    replayName: typeof replayName === 'string' ? replayName : undefined,
  };
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
