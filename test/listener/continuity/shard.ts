import { pino } from 'pino';
import type { Cancel, Clock } from '../../../listener/clock.ts';
import type { CheckpointStore } from '../../../listener/continuity/checkpoint-store.ts';
import type { LeaseStore } from '../../../listener/continuity/lease-store.ts';
import { MemoryCheckpointStore } from '../../../listener/continuity/memory-checkpoint-store.ts';
import { MemoryLeaseStore } from '../../../listener/continuity/memory-lease-store.ts';
import { Tenure } from '../../../listener/continuity/tenure.ts';
import type { TenureWork } from '../../../listener/continuity/tenure-work.ts';
import { parseFrame } from '../../../listener/contract/frame.ts';
import { Pipeline } from '../../../listener/pipeline.ts';
import type { BusEntry, EventBus } from '../../../listener/publish/event-bus.ts';
import { fencedBus } from '../../../listener/publish/fenced-bus.ts';
import type { ParkedItem } from '../../../listener/publish/parking.ts';
import { Publisher } from '../../../listener/publish/publisher.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';

export const LEASE_MS = 3_000;

/** What two listeners of one shard share, and what a test does to them. Nothing here takes real time. */
export class Shard {
  readonly clock = new ManualClock();
  readonly leases = new MemoryLeaseStore();
  readonly checkpoints = new MemoryCheckpointStore();
  readonly onBus: BusEntry[] = [];
  /** How long the bus takes to answer; it has the events before. Milliseconds. */
  busMs = 40;
  /** How long the parking lot takes, milliseconds. */
  parkMs = 0;
  /** Whether the bus, and the parking lot, take anything. */
  takesNothing = false;
  /** How many bytes may wait in a listener; as many as usual unless said. */
  bufferBytes: number | undefined;
  /** Whether the publishers have room for more. */
  hasRoom = true;
  readonly parked: ParkedItem[] = [];
  /** The listeners that run, in the order of their start. */
  readonly listeners: Listener[] = [];
  /** Answers of REST, by the id of the conversation. */
  readonly rest = new Map<string, unknown>();
  #notifications = 0;

  start(): Listener {
    const listener = new Listener(this);
    this.listeners.push(listener);
    return listener;
  }

  get holder(): Listener | undefined {
    return this.listeners.find(({ tenure }) => tenure.held);
  }

  remove(listener: Listener): void {
    this.listeners.splice(this.listeners.indexOf(listener), 1);
  }

  /** A change is told to everybody who is connected. @returns what names it in every event about it */
  notify(conversation: string, state: string, topics = [`v2.routing.queues.q.conversations`]): string {
    const name = `n${++this.#notifications}`;
    for (const topic of topics) {
      const text = `{"topicName":"${topic}","eventBody":${bodyOf(conversation, state)},"metadata":{"CorrelationId":"${name}"}}`;
      for (const listener of this.listeners) listener.receive(text);
    }
    return name;
  }
}

/** A conversation as Genesys Cloud tells it; equal states are equal to the byte. */
export function bodyOf(conversation: string, state: string): string {
  return `{"id":"${conversation}","participants":[{"id":"p","purpose":"agent","queueId":"q","userId":"u","calls":[{"state":"connected","muted":${state.includes('mute')},"held":${state.includes('hold')}}]}]}`;
}

/** Time, timers and calls of one process: after its end nothing of it happens any more. */
class Process implements Clock {
  readonly #clock: ManualClock;
  dead = false;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(ms: number, fire: () => void): Cancel {
    return this.#clock.after(ms, () => {
      if (!this.dead) fire();
    });
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal);
    if (this.dead) await NEVER;
  }

  async alive<T>(call: () => Promise<T>): Promise<T> {
    if (this.dead) await NEVER;
    const answer = await call();
    if (this.dead) await NEVER;
    return answer;
  }
}

const NEVER = new Promise<never>(() => {});

/** A listener without its socket: what comes off it is handed in by the test. */
export class Listener {
  readonly tenure: Tenure;
  readonly pipeline: Pipeline;
  readonly publisher: Publisher;
  readonly metrics = new MetricsAggregate();
  readonly log: { msg: string }[] = [];
  readonly #shard: Shard;
  readonly #process: Process;
  #connections = 0;
  #connectedSinceMs: number | undefined;
  #lastSignAt: number | undefined;
  /** Set while the process stands still, as far as its socket is concerned: since when, and what piles up. */
  #unread: { readonly since: number; readonly texts: string[] } | undefined;
  #promptSince: number | undefined;
  /** What the store of the checkpoint throws when it is read. */
  unreadable: Error | undefined;
  /** What the store of the lease throws. */
  leaseless: Error | undefined;

  constructor(shard: Shard) {
    this.#shard = shard;
    const clock = new Process(shard.clock);
    this.#process = clock;
    const logger = pino({ level: 'debug' }, { write: (line) => this.log.push(JSON.parse(line)) });
    const { metrics } = this;
    const bus: EventBus = {
      put: (entries) =>
        clock.alive(async () => {
          if (shard.takesNothing) throw new Error('no answer');
          shard.onBus.push(...entries);
          await clock.sleep(shard.busMs);
          return entries.map((_, index) => ({ accepted: true as const, busEventId: `b${index}` }));
        }),
    };
    this.publisher = new Publisher({
      bus: fencedBus(bus, () => this.tenure.held),
      parking: {
        park: (item) =>
          clock.alive(async () => {
            if (shard.takesNothing) throw new Error('no answer');
            if (shard.parkMs > 0) await clock.sleep(shard.parkMs);
            shard.parked.push(item);
          }),
      },
      ...(shard.bufferBytes === undefined ? {} : { options: { maxPendingBytes: shard.bufferBytes } }),
      clock,
      metrics,
      logger,
      source: 'conversation-bridge',
    });
    this.pipeline = new Pipeline({
      publisher: this.publisher,
      clock,
      logger,
      metrics,
      shard: '0',
      dialect: 'channels',
      detailTypeMode: 'contract',
      subscribedTo: () => true,
      hasRoom: () => shard.hasRoom,
      settled: (position) => this.tenure.settled(position),
      missed: (from) => this.tenure.missed(from),
    });
    this.tenure = new Tenure({
      work: this.#work(),
      leases: this.#leasesOf(clock, shard.leases),
      checkpoints: this.#checkpointsOf(clock, shard.checkpoints),
      holderId: crypto.randomUUID(),
      leaseMs: LEASE_MS,
      analyticsLagMs: 10_000,
      clock,
      logger,
      metrics,
    });
    this.tenure.start();
  }

  connect(): void {
    this.#connections++;
    this.#connectedSinceMs = this.#shard.clock.monotonic();
    this.#lastSignAt = this.#shard.clock.now();
    this.tenure.live();
  }

  disconnect(): void {
    if (this.#connectedSinceMs === undefined) return;
    this.#connectedSinceMs = undefined;
    this.tenure.gone('socket-closed');
  }

  receive(text: string): void {
    if (this.#connectedSinceMs === undefined || this.#process.dead) return;
    if (this.#unread) this.#unread.texts.push(text);
    else this.#read(text, this.#connectedSinceMs);
  }

  /** Reads nothing off its socket until `catchUp`. */
  fallBehind(): void {
    this.#unread = { since: this.#shard.clock.now(), texts: [] };
  }

  catchUp(): void {
    const { since, texts = [] } = this.#unread ?? {};
    for (const text of texts) this.#read(text, this.#connectedSinceMs ?? 0, since);
    this.#unread = undefined;
    this.#promptSince = this.#shard.clock.now();
  }

  #read(text: string, sinceMs: number, unreadSince?: number): void {
    const { clock } = this.#shard;
    const receivedAt = clock.now();
    this.#lastSignAt = receivedAt;
    const received = { data: text, receivedAt, receivedAtMs: clock.monotonic() };
    const frame = parseFrame(text);
    if (frame.kind === 'refused') this.pipeline.refused(received, frame.code, frame.message);
    else if (frame.kind === 'notification')
      this.pipeline.notification(frame, received, {
        id: String(this.#connections),
        sinceMs,
        unreadSince,
      });
  }

  /** Something other than a notification comes off the socket. */
  beat(): void {
    if (this.#connectedSinceMs !== undefined && !this.#unread) this.#lastSignAt = this.#shard.clock.now();
  }

  kill(): void {
    this.#process.dead = true;
    this.#shard.remove(this);
  }

  /** As a listener stops when it is told to. */
  async stop(handoverMs: number): Promise<void> {
    await this.tenure.handOver(handoverMs);
    this.#connectedSinceMs = undefined;
    this.pipeline.flush();
    await this.publisher.drain(20_000);
    await this.tenure.stop();
    this.#shard.remove(this);
  }

  #work(): TenureWork {
    const { pipeline, publisher } = this;
    const { rest } = this.#shard;
    const lastSignAt = () => this.#lastSignAt;
    const isBehind = () => this.#unread !== undefined;
    const promptSince = () => this.#promptSince;
    return {
      api: {
        conversation: async (id: string) => {
          const body = rest.get(id);
          return body === undefined ? undefined : { text: JSON.stringify(body), body };
        },
        async *conversationsBetween() {
          yield* [];
          return undefined;
        },
      },
      takeOver: (epoch, checkpoint, knowledge) => pipeline.takeOver(epoch, checkpoint, knowledge),
      goOn: pipeline.goOn.bind(pipeline),
      standDown: () => pipeline.standDown(),
      disown: () => pipeline.disown(),
      caughtUp: () => pipeline.caughtUp(),
      settle: (ms: number) => publisher.settle(ms),
      abandon: (code: string, message: string) => publisher.abandon(code, message),
      get oldestUnsettled() {
        return pipeline.oldestUnsettled;
      },
      get keptSince() {
        return pipeline.keptSince;
      },
      get lastSignAt() {
        return lastSignAt();
      },
      get isBehind() {
        return isBehind();
      },
      get promptSince() {
        return promptSince();
      },
      openConversations: () => pipeline.conversations.openIds(),
      versionOf: (id: string) => pipeline.conversations.wholeVersionOf(id),
      countOf: (id: string) => pipeline.conversations.countOf(id),
      knownEndOf: (id: string) => pipeline.conversations.knownEndOf(id),
      showsLife: async () => true,
      backfill: (id: string, conversation: { text: string; body: unknown }) =>
        pipeline.conversations.backfill(id, conversation),
      announce: pipeline.announce.bind(pipeline),
    };
  }

  #leasesOf(clock: Process, store: LeaseStore): LeaseStore {
    const reached = <T>(call: () => Promise<T>) =>
      clock.alive(async () => {
        if (this.leaseless) throw this.leaseless;
        return call();
      });
    return {
      read: () => reached(() => store.read()),
      swap: (expected, next) => reached(() => store.swap(expected, next)),
    };
  }

  #checkpointsOf(clock: Process, store: CheckpointStore): CheckpointStore {
    return {
      load: () =>
        clock.alive(async () => {
          if (this.unreadable) throw this.unreadable;
          return store.load();
        }),
      replace: (epoch, checkpoint) => clock.alive(() => store.replace(epoch, checkpoint)),
      append: (epoch, change) => clock.alive(() => store.append(epoch, change)),
    };
  }
}
