import { z } from 'zod';

const Leg = z.looseObject({
  id: z.string(),
  state: z.string(),
  held: z.boolean().optional(),
  muted: z.boolean().optional(),
  audioMuted: z.boolean().optional(),
  disconnectType: z.string().optional(),
});

const Participant = z.looseObject({
  id: z.string(),
  purpose: z.string().optional(),
  userId: z.string().optional(),
  queueId: z.string().optional(),
  startAcwTime: z.string().optional(),
  endAcwTime: z.string().optional(),
  wrapup: z.looseObject({ code: z.string() }).optional(),
});

const Conversation = z.looseObject({ id: z.string(), participants: z.array(Participant) });

/**
 * What counts of a whole conversation, as text to compare: read here once more, by nothing of the bridge's, so that
 * a mistake of its own reading can't hide. The order of participants and legs does not count.
 * @param body of a notification, or as REST answers it
 * @returns undefined when it is no whole conversation
 */
export function stateOf(
  body: unknown,
): { readonly conversationId: string; readonly state: string } | undefined {
  const parsed = Conversation.safeParse(body);
  if (!parsed.success) return undefined;
  const { id, participants } = parsed.data;
  const lines = participants.map((participant) => {
    const legs = Object.entries(participant).flatMap(([kind, value]) => legsOf(kind, value));
    const { purpose, userId, queueId, wrapup, startAcwTime, endAcwTime } = participant;
    const work = endAcwTime !== undefined ? 'done' : startAcwTime !== undefined ? 'pending' : 'none';
    const own = `${purpose} user=${userId} queue=${queueId} wrapup=${wrapup?.code} work=${work}`;
    return `${participant.id} ${own}\n${legs.sort().join('')}`;
  });
  return { conversationId: id, state: lines.sort().join('') };
}

function legsOf(kind: string, value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item) => {
    const leg = Leg.safeParse(item);
    if (!leg.success) return [];
    const { id, state, held = false, muted, audioMuted, disconnectType } = leg.data;
    return `  ${kind} ${id} ${state} held=${held} muted=${muted ?? audioMuted ?? false} ${disconnectType}\n`;
  });
}
