import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { SeenEvent, SeenGap, SentChange } from './records.ts';
import { REPLACES, RULES, type Rule } from './staleness.ts';
import { stateOf } from './state.ts';

const Metadata = z.looseObject({ CorrelationId: z.string().optional() });
const Frame = z.looseObject({ eventBody: z.unknown(), metadata: Metadata });
const Bridge = z.looseObject({
  eventId: z.string(),
  sequence: z.string(),
  backfilled: z.boolean(),
  payloadRef: z.string().optional(),
});
const ConversationDetail = z.looseObject({
  eventBody: z.unknown().optional(),
  metadata: Metadata.optional().catch(undefined),
  conversation: z.looseObject({ id: z.string(), version: z.number(), changes: z.array(z.string()) }),
  bridge: Bridge,
});
const GapDetail = z.looseObject({
  gap: z.looseObject({
    id: z.string(),
    from: z.string(),
    until: z.string().nullish(),
    reason: z.string().catch('unknown'),
  }),
  bridge: z.looseObject({ receivedAt: z.string().optional() }).optional(),
});

interface WrittenFrame {
  readonly channelId: string;
  readonly conversationId: string | undefined;
  readonly change: number;
  readonly text: string;
  readonly at: number;
}

interface TakenEvent {
  readonly 'detail-type': string;
  readonly detail: unknown;
  readonly takenAt: number;
}

/** Keeps of every frame and every event what is needed to judge, and no more: bodies would fill the memory. */
export class Ledger {
  readonly #sent = new Map<number, SentChange & { readonly channels: Set<string> }>();
  readonly #events: SeenEvent[] = [];
  readonly #gaps = new Map<string, SeenGap>();
  /** The places of each conversation's last event, by each rule: the only ones whose states count. */
  readonly #last: Readonly<Record<Rule, Map<string, number>>> = { sequence: new Map(), version: new Map() };
  /** Events whose body lies elsewhere and could not be read when they came, by their place among the events. */
  readonly #unread = new Map<number, string>();
  #replaying = false;

  get sent(): readonly SentChange[] {
    return [...this.#sent.values()];
  }

  /** Events in order of arrival. Bodies that could not be read before are looked for once more. */
  get events(): readonly SeenEvent[] {
    for (const [place, ref] of this.#unread) {
      const body = storedBody(ref);
      const event = this.#events[place];
      if (body === undefined || event === undefined) continue;
      const isLast = this.#isLast(event.conversationId, place);
      this.#events[place] = {
        ...event,
        digest: digestOf(body),
        state: isLast ? stateOf(body)?.state : undefined,
      };
      this.#unread.delete(place);
    }
    return this.#events;
  }

  get gaps(): readonly SeenGap[] {
    return [...this.#gaps.values()];
  }

  /** What the bus takes from now on was parked before. */
  replaying(): void {
    this.#replaying = true;
  }

  /** A notification was written to a socket. */
  written({ channelId, conversationId, change, text, at }: WrittenFrame): void {
    if (conversationId === undefined) return;
    const known = this.#sent.get(change);
    if (known) {
      known.channels.add(channelId);
      return;
    }
    const { eventBody, metadata } = Frame.parse(JSON.parse(text));
    const correlationId = metadata.CorrelationId ?? '';
    const channels = new Set([channelId]);
    this.#sent.set(change, {
      change,
      conversationId,
      correlationId,
      digest: digestOf(eventBody),
      at,
      channels,
    });
  }

  /** The bus took an event. */
  taken(event: TakenEvent): void {
    if (event['detail-type'] === 'Bridge Gap Detected') this.#gap(event, false);
    else if (event['detail-type'] === 'Bridge Gap Closed') this.#gap(event, true);
    else this.#event(event.detail, this.#replaying ? 'replayed' : 'live', event.takenAt);
  }

  /** An event lies parked. */
  parked(detail: unknown, at: number): void {
    this.#event(detail, 'parked', at);
  }

  #event(detail: unknown, way: SeenEvent['way'], at: number): void {
    const parsed = ConversationDetail.safeParse(detail);
    if (!parsed.success) return;
    const { bridge, conversation, metadata, eventBody } = parsed.data;
    const { payloadRef } = bridge;
    const body = payloadRef === undefined ? eventBody : storedBody(payloadRef);
    // A fault may have taken the folder away for some seconds.
    if (body === undefined && payloadRef !== undefined) this.#unread.set(this.#events.length, payloadRef);
    const event: SeenEvent = {
      eventId: bridge.eventId,
      sequence: bridge.sequence,
      version: conversation.version,
      beginsAnew: conversation.version === 1 && conversation.changes.includes('unknown'),
      conversationId: conversation.id,
      correlationId: bridge.backfilled ? undefined : metadata?.CorrelationId,
      digest: body === undefined ? undefined : digestOf(body),
      state: undefined,
      backfilled: bridge.backfilled,
      way,
      at,
    };
    this.#rank(event);
    const isLast = this.#isLast(event.conversationId, this.#events.length);
    this.#events.push(isLast ? { ...event, state: stateOf(body)?.state } : event);
  }

  /** Puts the event that comes next in the place of those that it replaces, which are stripped of their state. */
  #rank(event: SeenEvent): void {
    const { conversationId } = event;
    for (const rule of RULES) {
      const place = this.#last[rule].get(conversationId);
      const before = place === undefined ? undefined : this.#events[place];
      if (before !== undefined && !REPLACES[rule](event, before)) continue;
      this.#last[rule].set(conversationId, this.#events.length);
      if (place !== undefined && before !== undefined && !this.#isLast(conversationId, place))
        this.#events[place] = { ...before, state: undefined };
    }
  }

  #isLast(conversationId: string, place: number): boolean {
    return RULES.some((rule) => this.#last[rule].get(conversationId) === place);
  }

  #gap({ detail, takenAt }: TakenEvent, closed: boolean): void {
    const parsed = GapDetail.safeParse(detail);
    if (!parsed.success) return;
    const { id, from, until, reason } = parsed.data.gap;
    // What was parked is taken long after it was told.
    const { receivedAt } = parsed.data.bridge ?? {};
    const toldAt = this.#replaying && receivedAt !== undefined ? Date.parse(receivedAt) : takenAt;
    const known = this.#gaps.get(id);
    this.#gaps.set(id, {
      id,
      reason,
      from: Math.min(Date.parse(from), known?.from ?? Number.POSITIVE_INFINITY),
      until: until === undefined || until === null ? known?.until : Date.parse(until),
      detectedAt: known?.detectedAt ?? toldAt,
      closedAt: closed ? (known?.closedAt ?? toldAt) : known?.closedAt,
    });
  }
}

/** Undefined when it can't be read: consumers could not read it either. */
function storedBody(ref: string): unknown {
  try {
    return JSON.parse(readFileSync(fileURLToPath(ref), 'utf8'));
  } catch {
    return undefined;
  }
}

// The mock writes compact JSON, so writing what was parsed gives the same bytes again.
const digestOf = (body: unknown) => hash('sha256', JSON.stringify(body) ?? '', 'hex').slice(0, 24);
