import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { bridgeWork } from './bridge-work.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { CheckpointStore } from './continuity/checkpoint-store.ts';
import type { LeaseStore } from './continuity/lease-store.ts';
import { MemoryCheckpointStore } from './continuity/memory-checkpoint-store.ts';
import { MemoryLeaseStore } from './continuity/memory-lease-store.ts';
import { Tenure } from './continuity/tenure.ts';
import { SOURCE } from './contract/vocabulary.ts';
import type { Runtime } from './diagnosis/evidence.ts';
import { genesysClients } from './genesys/clients.ts';
import type { CredentialsSource } from './genesys/credentials.ts';
import { Session, type StateChange } from './genesys/session/session.ts';
import { isLive } from './genesys/session/state.ts';
import { Subscriptions } from './genesys/session/subscriptions.ts';
import { speech } from './genesys/speech.ts';
import { Pipeline } from './pipeline.ts';
import { Backpressure } from './publish/backpressure.ts';
import type { EventBus } from './publish/event-bus.ts';
import { fencedBus } from './publish/fenced-bus.ts';
import { offloadingBus } from './publish/offloading-bus.ts';
import type { ParkingLot } from './publish/parking.ts';
import type { PayloadStore } from './publish/payload-store.ts';
import { type DrainResult, type PublishedListener, Publisher } from './publish/publisher.ts';
import { PUBLISHER_DEFAULTS } from './publish/publisher-options.ts';
import type { StorageConfig } from './storage-settings.ts';
import type { MetricsAggregate } from './telemetry/aggregate.ts';
import { CallsUnderWay } from './telemetry/calls-under-way.ts';
import type { HealthAnswer, HealthSource } from './telemetry/health.ts';
import type { Redactor } from './telemetry/redactor.ts';
import { StallWatch } from './telemetry/stall-watch.ts';
import { WorkWatch } from './telemetry/work-watch.ts';
import type { TimingConfig } from './timing-settings.ts';

export interface BridgeDependencies {
  readonly config: Pick<
    Config,
    'hosts' | 'dialect' | 'topics' | 'topicsRefreshMs' | 'shard' | 'detailTypeMode'
  >;
  readonly credentials: CredentialsSource;
  readonly bus: EventBus;
  readonly parking: ParkingLot;
  /** What outlives the listener; without it nothing does, and the listener is alone. */
  readonly state?: { readonly leases: LeaseStore; readonly checkpoints: CheckpointStore } | undefined;
  /** Where bodies go that are too large for an event; without it they stay where they are. */
  readonly payloads?: PayloadStore | undefined;
  readonly limits?: Partial<Pick<StorageConfig, 'payloadLimitBytes' | 'bufferBytes'>>;
  readonly timing?: Partial<TimingConfig>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricsAggregate;
  readonly redactor: Redactor;
  /** For reports of what ended; `other` unless said. */
  readonly runtime?: Runtime;
}

/** One listener: a session on one side, a publisher on the other, the pipeline between them, and its tenure of the shard. */
export class Bridge implements HealthSource {
  readonly #session: Session;
  readonly #pipeline: Pipeline;
  readonly #publisher: Publisher;
  readonly #backpressure: Backpressure;
  readonly #tenure: Tenure;
  readonly #stalls: StallWatch;
  readonly #work: WorkWatch;
  readonly #backfill = new CallsUnderWay();
  readonly #logger: Logger;
  readonly #redactor: Redactor;
  #lastChange: StateChange | undefined;
  #stopped: Promise<DrainResult> | undefined;

  constructor(dependencies: BridgeDependencies) {
    const { config, bus, parking, clock, logger, metrics, redactor, payloads } = dependencies;
    const { limits = {}, timing = {} } = dependencies;
    this.#logger = logger;
    this.#redactor = redactor;
    const maxPendingBytes = limits.bufferBytes ?? PUBLISHER_DEFAULTS.maxPendingBytes;
    const fenced = fencedBus(bus, () => this.#tenure.held);
    this.#publisher = new Publisher({
      bus: payloads ? offloadingBus({ bus: fenced, store: payloads, clock, metrics, logger }) : fenced,
      parking,
      clock,
      metrics,
      logger,
      source: SOURCE,
      options: { maxPendingBytes },
    });
    const clients = genesysClients(dependencies);
    const { dialect, ...subject } = speech(dependencies, clients);
    const subscriptions = new Subscriptions({
      ...subject,
      refreshMs: config.topicsRefreshMs,
      added: (since) => this.#tenure.topicsAdded(since),
      clock,
      logger,
      metrics,
    });
    this.#pipeline = new Pipeline({
      publisher: this.#publisher,
      clock,
      logger,
      metrics,
      shard: config.shard,
      dialect: dialect.name,
      detailTypeMode: config.detailTypeMode,
      subscribedTo: (topic) => subscriptions.includes(topic),
      payloads: payloads && {
        store: payloads,
        ...(limits.payloadLimitBytes === undefined ? {} : { limitBytes: limits.payloadLimitBytes }),
      },
      // Beyond the buffer events are parked. That takes a moment, and what comes in a burst waits for it.
      hasRoom: () => this.#publisher.stats().pendingBytes < 1.5 * maxPendingBytes,
      settled: (position) => this.#tenure.settled(position),
      missed: (from) => this.#tenure.missed(from),
    });
    this.#stalls = new StallWatch({
      clock,
      logger,
      metrics,
      stalled: (since) => this.#session.stoodStill(since),
    });
    this.#session = new Session({
      dialect,
      tokens: clients.tokens,
      subscriptions,
      clock,
      logger,
      metrics,
      ...(timing.credentialsRecheckMs === undefined
        ? {}
        : { credentialsRecheckMs: timing.credentialsRecheckMs }),
      ...(dependencies.runtime === undefined ? {} : { runtime: dependencies.runtime }),
      look: () => this.#stalls.look(),
      listener: {
        notification: (notification, frame, source) =>
          this.#pipeline.notification(notification, frame, source),
        refused: (frame, code, detail) => {
          logger.warn({ code, detail }, 'frame refused and parked');
          this.#pipeline.refused(frame, code, detail);
        },
        stateChanged: (change) => this.#stateChanged(change),
        mustRead: () => this.#backpressure.relent(),
      },
    });
    this.#backpressure = new Backpressure({
      clock,
      pendingBytes: () => this.#publisher.stats().pendingBytes,
      maxPendingBytes,
      pause: () => this.#session.pause(),
      resume: () => this.#session.resume(),
      // While connections change hands, both have to be read.
      mayPause: () => this.#session.state === 'live',
      metrics,
      logger,
    });
    this.#publisher.onPendingChanged(() => this.#backpressure.changed());
    const { leases, checkpoints } = dependencies.state ?? {
      leases: new MemoryLeaseStore(),
      checkpoints: new MemoryCheckpointStore(),
    };
    this.#tenure = new Tenure({
      work: bridgeWork({
        api: clients.patientApi,
        calls: this.#backfill,
        pipeline: this.#pipeline,
        publisher: this.#publisher,
        session: this.#session,
        connection: () => this.#lastChange,
      }),
      leases,
      checkpoints,
      holderId: randomUUID(),
      leaseMs: timing.leaseMs ?? LEASE_MS,
      analyticsLagMs: timing.analyticsLagMs ?? ANALYTICS_LAG_MS,
      clock,
      logger,
      metrics,
    });
    this.#work = new WorkWatch({
      clock,
      metrics,
      stalls: this.#stalls,
      pending: () => this.#publisher.stats().pending,
      backfill: this.#backfill,
    });
  }

  start(): void {
    this.#work.start();
    this.#tenure.start();
    this.#session.start();
  }

  /**
   * Leaves the socket, then publishes or parks everything that was received. Called again, it returns the
   * first call's promise.
   * @param deadlineMs how long publishing may take, in milliseconds; what is left then is parked
   * @param handoverMs how long to go on until another listener has taken over, in milliseconds
   */
  stop(deadlineMs: number, handoverMs = 0): Promise<DrainResult> {
    this.#stopped ??= this.#stop(deadlineMs, handoverMs);
    return this.#stopped;
  }

  /** @returns a function that takes the listener off again */
  onPublished(listener: PublishedListener): () => void {
    return this.#publisher.onPublished(listener);
  }

  /** The publisher's books. */
  get stats(): ReturnType<Publisher['stats']> {
    return this.#publisher.stats();
  }

  get sessionState(): Session['state'] {
    return this.#session.state;
  }

  liveness(): HealthAnswer {
    const { idleMs, stuck } = this.#work;
    const idleSeconds = Math.round(idleMs / 1000);
    const facts = { ...this.#facts(), idleSeconds, ...(stuck.length === 0 ? {} : { stuck }) };
    return { ok: stuck.length === 0, facts };
  }

  readiness(): HealthAnswer {
    return { ok: isLive(this.#session.state) && this.#stopped === undefined, facts: this.#facts() };
  }

  #facts(): Record<string, unknown> {
    const { trouble, state } = this.#session;
    const { published, parked, pending } = this.#publisher.stats();
    const { role, openGaps } = this.#tenure;
    const cause = trouble && { reason: trouble.reason, detail: this.#redactor.redact(trouble.detail) };
    return { state, role, openGaps, published, parked, pending, ...(cause ? { trouble: cause } : {}) };
  }

  async #stop(deadlineMs: number, handoverMs: number): Promise<DrainResult> {
    const handedOver = await this.#tenure.handOver(handoverMs);
    if (handoverMs > 0) this.#logger.info({ handedOver }, 'leaving');
    await this.#session.stop();
    await this.#pipeline.emptied(deadlineMs);
    this.#pipeline.flush();
    this.#backpressure.close();
    const result = await this.#publisher.drain(deadlineMs);
    await this.#tenure.stop();
    this.#work.stop();
    const { accepted, published, parked, lost } = result;
    this.#logger.info({ accepted, published, parked, lost, inTime: result.inTime }, 'drained');
    return result;
  }

  #stateChanged(change: StateChange): void {
    const { state, previousState, reason } = change;
    this.#lastChange = change;
    // Consumers hear of what matters to them: live, no longer live, stopped.
    if (isLive(state) !== isLive(previousState) || state === 'stopped')
      this.#pipeline.connectionChanged(change);
    if (isLive(state) === isLive(previousState)) return;
    if (isLive(state)) this.#tenure.live();
    else if (reason !== 'stop-requested') this.#tenure.gone(reason ?? 'internal-error');
  }
}

/** Unless said otherwise, in milliseconds. */
const LEASE_MS = 3_000;
const ANALYTICS_LAG_MS = 60_000;
