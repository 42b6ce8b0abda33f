import { z } from 'zod';
import { type NotificationFrame, parseFrame, type UntitledFrame } from '../../contract/frame.ts';
import type { ReceivedFrame, ServerMessage } from '../session/dialect.ts';
import type { EndReason } from '../session/end-reason.ts';

const METADATA_TOPIC = 'channel.metadata';

/** System messages by what their topic or type contains; the exact topic names over a socket are not documented. */
const SYSTEM_MESSAGES: readonly (readonly [marker: string, reaction: EndReason | 'resubscribe'])[] = [
  ['socket_closing', 'server-closing'],
  ['no_longer_subscribed', 'channel-taken'],
  ['duplicate_id', 'channel-taken'],
  ['token_revoked', 'token-revoked'],
  ['subscriptions-expiring', 'resubscribe'],
];

const metadataBody = z.object({ message: z.string() });
const systemBody = z.object({
  systemTopicType: z.string().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
});
/** Acknowledgements name no topic; `result` comes as text or as number. */
const resultBody = z.object({
  result: z.union([z.string(), z.number()]).transform(Number),
  status: z.string().optional(),
  message: z.string().optional(),
});

/** Tells what a frame of the Notifications API is. Looks at `topicName` first, then at `result`. */
export function decodeChannelFrame(frame: ReceivedFrame): ServerMessage {
  if (typeof frame.data !== 'string')
    return { kind: 'refused', code: 'BinaryFrame', detail: `a binary frame of ${frame.data.length} bytes` };
  const parsed = parseFrame(frame.data);
  switch (parsed.kind) {
    case 'refused':
      return { kind: 'refused', code: parsed.code, detail: parsed.message };
    case 'untitled':
      return decodeResult(parsed);
    case 'notification':
      return decodeTitled(parsed);
  }
}

function decodeTitled(frame: NotificationFrame): ServerMessage {
  const topic = frame.topicName;
  if (topic === METADATA_TOPIC) return decodeMetadata(frame);
  if (topic.startsWith('v2.') && !topic.startsWith('v2.system.'))
    return { kind: 'notification', notification: frame };
  return decodeSystem(frame) ?? { kind: 'notification', notification: frame };
}

function decodeMetadata(frame: NotificationFrame): ServerMessage {
  const body = metadataBody.safeParse(frame.eventBody);
  const message = body.success ? body.data.message.toLowerCase() : '';
  if (message === 'pong') return { kind: 'pong' };
  if (message.includes('heartbeat')) return { kind: 'heartbeat' };
  return { kind: 'ignored', detail: `${METADATA_TOPIC}: ${message}` };
}

function decodeSystem(frame: NotificationFrame): ServerMessage | undefined {
  const parsed = systemBody.safeParse(frame.eventBody);
  const body = parsed.success ? parsed.data : {};
  const name = `${frame.topicName} ${body.systemTopicType ?? ''}`.toLowerCase();
  const detail = [frame.topicName, body.systemTopicType, body.reason, body.message]
    .filter(Boolean)
    .join(': ');
  const [, reaction] = SYSTEM_MESSAGES.find(([marker]) => name.includes(marker)) ?? [];
  if (reaction === 'resubscribe') return { kind: 'resubscribe', detail };
  if (reaction !== undefined) return { kind: 'ending', ending: { reason: reaction, detail } };
  // What the server says of a channel names the channel's id, so it stays inside, known or not.
  const isSystem = frame.topicName.startsWith('v2.system.') || body.systemTopicType !== undefined;
  return isSystem ? { kind: 'ignored', detail } : undefined;
}

function decodeResult(frame: UntitledFrame): ServerMessage {
  const parsed = resultBody.safeParse(frame.value);
  if (!parsed.success || Number.isNaN(parsed.data.result))
    return { kind: 'refused', code: 'UnknownMessage', detail: 'a frame with neither topicName nor result' };
  const { result, status, message } = parsed.data;
  const detail = `result ${result}${status ? ` (${status})` : ''}${message ? `: ${message}` : ''}`;
  if (result >= 200 && result < 300) return { kind: 'acknowledged' };
  if (result === 404) return { kind: 'ending', ending: { reason: 'channel-gone', detail } };
  return { kind: 'refused', code: 'SubscriptionFailure', detail };
}
