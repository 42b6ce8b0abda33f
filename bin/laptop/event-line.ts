import { styleText } from 'node:util';
import { z } from 'zod';
import type { OutgoingEvent } from '../../listener/publish/publisher.ts';

const detailSchema = z.object({
  topicName: z.string().optional(),
  conversation: z
    .object({
      id: z.string(),
      version: z.number(),
      state: z.string().optional(),
      mediaTypes: z.array(z.string()),
      queueIds: z.array(z.string()),
      changes: z.array(z.string()),
    })
    .optional(),
  connection: z.object({ state: z.string(), reason: z.string().optional() }).optional(),
});

/** What there is to see of one published event. */
export interface EventView {
  /** ISO 8601. */
  readonly time: string;
  readonly detailType: string;
  readonly eventId: string;
  readonly conversationId?: string;
  readonly version?: number;
  readonly state?: string;
  readonly mediaTypes?: readonly string[];
  /** The name of the queue where it is known, else its id. */
  readonly queue?: string;
  readonly changes?: readonly string[];
  readonly topic?: string;
  readonly connection?: string;
  /** Milliseconds from the frame off the socket to the acknowledgement of the bus. */
  readonly latencyMs: number;
}

/** Looks at an event that was published. */
export function viewEvent(
  event: OutgoingEvent,
  latencyMs: number,
  queueName: (queueId: string) => string | undefined,
): EventView {
  const { conversation, connection, topicName } = detailSchema.parse(JSON.parse(event.detail));
  const queueId = conversation?.queueIds.at(-1);
  return {
    time: event.time.toISOString(),
    detailType: event.detailType,
    eventId: event.eventId,
    ...(conversation && {
      conversationId: conversation.id,
      version: conversation.version,
      ...(conversation.state && { state: conversation.state }),
      mediaTypes: conversation.mediaTypes,
      ...(queueId && { queue: queueName(queueId) ?? queueId }),
      changes: conversation.changes,
    }),
    ...(!conversation && topicName && { topic: topicName }),
    ...(connection && { connection: [connection.state, connection.reason].filter(Boolean).join(': ') }),
    latencyMs: Math.round(latencyMs * 10) / 10,
  };
}

/** One line for people. */
export function formatEvent(view: EventView, colour: boolean): string {
  const paint = (style: 'dim' | 'bold' | 'cyan', text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const what =
    view.conversationId === undefined
      ? (view.connection ?? view.topic ?? view.detailType)
      : [
          paint('cyan', (view.mediaTypes ?? []).join('+').padEnd(10)),
          (view.queue ?? '').slice(0, 20).padEnd(20),
          (view.state ?? '').padEnd(10),
          paint('bold', (view.changes ?? []).join(', ') || '(nothing that counts)'),
        ].join(' ');
  const time = paint('dim', view.time.slice(11, 23));
  const id = (view.conversationId ?? '').slice(0, 8).padEnd(8);
  return `${time}  ${`${view.latencyMs.toFixed(1)} ms`.padStart(9)}  ${id}  ${what}`;
}
