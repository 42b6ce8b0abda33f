import { setMaxListeners } from 'node:events';
import { GapCloser } from '../../../../listener/continuity/gaps/gap-closer.ts';
import type { GapWork } from '../../../../listener/continuity/gaps/gap-work.ts';
import { type AcceptedNotification, EventAssembler } from '../../../../listener/contract/assemble.ts';
import type { GapClosed, GapDetected } from '../../../../listener/contract/gap-event.ts';
import type { FoundConversation } from '../../../../listener/genesys/conversation-query.ts';
import { HttpError } from '../../../../listener/genesys/http.ts';
import { MetricsAggregate } from '../../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../../manual-clock.ts';
import { frameOf, QUEUE_TOPIC, receipt } from '../../contract/fixtures.ts';
import { recordedLog } from '../../genesys/organisation.ts';

interface Truth {
  /** Changes so far. */
  state: number;
  ended: boolean;
  readonly startedAt: number;
  endedAt: number | undefined;
}

export const LAG_MS = 60_000;

/** A world of conversations that change, and a bridge that hears of it only while it is connected. */
export class World {
  readonly clock = new ManualClock();
  readonly metrics = new MetricsAggregate();
  readonly log = recordedLog();
  readonly assembler = new EventAssembler();
  readonly truths = new Map<string, Truth>();
  /** The state of each conversation in the last event published. */
  readonly published = new Map<string, unknown>();
  readonly backfills: AcceptedNotification[] = [];
  readonly announced: (GapDetected | GapClosed)[] = [];
  /** The ids asked for, in order. */
  readonly asked: string[] = [];
  /** The first and last time asked for by each query. */
  readonly queries: (readonly [from: number, until: number])[] = [];
  /** How long a conversation is not shown by queries. Milliseconds. */
  shownAfterMs = LAG_MS;
  /** How long an answer takes; it tells of the time at which it was asked for. Milliseconds. */
  latencyMs = 0;
  /** Whether conversations tell when they ended. */
  tellsEnds = true;
  /** Whether calls come to their end though they were given up. */
  deaf = false;
  /** Thrown in the place of an answer. */
  failure: (call: string) => Error | undefined = () => undefined;
  connected = true;
  /** Whether what is announced is on the bus at once. */
  busTakes = true;
  /** Called, what was announced is. */
  readonly untold: (() => void)[] = [];
  oldestUnsettled: number | undefined;
  /** Whether the socket shows life. */
  alive = true;
  inFlight = 0;
  mostInFlight = 0;
  readonly closer: GapCloser;
  /** Whether no conversation of this id belongs to a topic. */
  foreign: (id: string) => boolean = () => false;

  constructor() {
    const oldestUnsettled = () => this.oldestUnsettled;
    const work: GapWork = {
      api: {
        conversation: async (id, signal) => this.#conversation(id, signal),
        conversationsBetween: (from, until, signal) => this.#between(from, until, signal),
      },
      openConversations: () => this.assembler.openConversationIds(),
      versionOf: (id) => this.assembler.wholeVersionOf(id),
      countOf: (id) => this.assembler.positionOf(id)?.version,
      knownEndOf: (id) =>
        this.assembler.positionOf(id)?.open === false
          ? (this.assembler.endOf(id) ?? Number.NEGATIVE_INFINITY)
          : undefined,
      backfill: (id, conversation) => {
        if (this.foreign(id)) return 'foreign';
        const accepted = this.assembler.acceptBackfilled(conversation, QUEUE_TOPIC, receipt());
        if (accepted === undefined) return 'unchanged';
        this.backfills.push(accepted);
        this.published.set(id, stateOf(conversation.body));
        return 'backfilled';
      },
      announce: (event, settled) => {
        this.announced.push(event);
        if (this.busTakes) settled?.();
        else if (settled) this.untold.push(settled);
      },
      showsLife: async () => this.alive,
      // Written so that it is read anew each time.
      get oldestUnsettled() {
        return oldestUnsettled();
      },
    };
    this.closer = new GapCloser({
      work,
      clock: this.clock,
      logger: this.log.logger,
      metrics: this.metrics,
      analyticsLagMs: LAG_MS,
      backoff: { baseMs: 1_000, capMs: 60_000, random: () => 0.5 },
    });
  }

  /** The next change of a conversation, its first one included. */
  change(id: string, ended = false): void {
    const now = this.clock.now();
    const truth = this.truths.get(id) ?? { state: 0, ended: false, startedAt: now, endedAt: undefined };
    this.truths.set(id, truth);
    if (truth.ended) return;
    truth.state++;
    truth.ended = ended;
    if (ended) truth.endedAt = now;
    if (this.connected) this.notify(id);
  }

  /** A conversation that had ended goes on. */
  revive(id: string): void {
    const truth = this.truths.get(id);
    if (truth === undefined) return;
    truth.ended = false;
    truth.endedAt = undefined;
  }

  /** Notifies the present state of a conversation. */
  notify(id: string): void {
    const body = this.#body(id);
    this.assembler.accept(frameOf(QUEUE_TOPIC, body), receipt());
    this.published.set(id, stateOf(body));
  }

  /** Notifies the present state of a conversation by a topic that tells of one medium alone. */
  notifyMedium(id: string): void {
    const calls = this.#callsOf(id);
    const body = { id, participants: [{ id: 'p', purpose: 'agent', ...calls[0] }] };
    this.assembler.accept(frameOf(`${QUEUE_TOPIC}.calls`, body), receipt());
    this.published.set(id, stateOf(this.#body(id)));
  }

  disconnect(reason = 'socket-closed'): void {
    this.connected = false;
    this.closer.opened({ from: this.clock.now(), reason });
  }

  reconnect(): void {
    this.connected = true;
    this.closer.live(this.clock.now());
  }

  /** What was last published of each conversation, and what is true. */
  compare(): { published: unknown; truth: unknown }[] {
    return [...this.truths.keys()].map((id) => ({
      published: this.published.get(id),
      truth: stateOf(this.#body(id)),
    }));
  }

  get closed(): GapClosed['gap'][] {
    return this.announced.flatMap((event) => (event.kind === 'closed' ? [event.gap] : []));
  }

  #body(id: string): object | undefined {
    const truth = this.truths.get(id);
    if (truth === undefined) return undefined;
    // Told by what is normalised, so that each state has a revision of its own.
    const queueId = String(truth.state);
    const endTime =
      this.tellsEnds && truth.endedAt !== undefined ? new Date(truth.endedAt).toISOString() : undefined;
    return { id, participants: [{ id: 'p', purpose: 'agent', queueId, endTime, calls: this.#callsOf(id) }] };
  }

  #callsOf(id: string) {
    return [{ state: this.truths.get(id)?.ended === true ? 'disconnected' : 'connected' }];
  }

  async #answered<T>(call: string, signal: AbortSignal | undefined, answer: () => T): Promise<T> {
    signal?.throwIfAborted();
    this.inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    let isOver = false;
    const over = () => {
      if (!isOver) this.inFlight--;
      isOver = true;
    };
    // A call that is given up is no longer on the wire, though whoever made it is told a moment later.
    if (signal && !this.deaf) {
      setMaxListeners(0, signal);
      signal.addEventListener('abort', over, { once: true });
    }
    try {
      const value = answer();
      const failure = this.failure(call);
      if (this.latencyMs > 0) await this.clock.sleep(this.latencyMs, this.deaf ? undefined : signal);
      else await Promise.resolve();
      if (failure !== undefined) throw failure;
      return value;
    } finally {
      over();
    }
  }

  #conversation(id: string, signal?: AbortSignal) {
    this.asked.push(id);
    return this.#answered(id, signal, () => {
      const body = this.#body(id);
      return body && { text: JSON.stringify(body), body };
    });
  }

  async *#between(
    from: number,
    until: number,
    signal?: AbortSignal,
  ): AsyncGenerator<FoundConversation, undefined> {
    this.queries.push([from, until]);
    const shown = this.clock.now() - this.shownAfterMs;
    const found = await this.#answered('query', signal, () =>
      [...this.truths]
        .map(([id, { startedAt, endedAt }]) => ({ id, startedAt, endedAt }))
        .filter(({ startedAt }) => startedAt <= shown)
        .sort((a, b) => b.startedAt - a.startedAt),
    );
    yield* found;
  }
}

function stateOf(body: unknown): string {
  return JSON.stringify(body);
}

/** An answer that is no success. */
export function answered(status: number, code = `http.${status}`, retryAfterMs?: number): HttpError {
  return new HttpError(`answered ${status}`, { code, status, canRetry: status >= 500, retryAfterMs });
}

/** A world in which the given conversations are known and open. */
export function worldOf(...ids: string[]): World {
  const world = new World();
  for (const id of ids) world.change(id);
  return world;
}

/** A gap in which the given conversations change, up to the moment of being live again. */
export async function gapIn(world: World, ...changed: string[]): Promise<void> {
  world.disconnect();
  await world.clock.advance(5_000);
  for (const id of changed) world.change(id);
  world.reconnect();
  await world.clock.advance(0);
}
