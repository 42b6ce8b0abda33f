import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { SOURCE } from './contract/vocabulary.ts';
import type { Runtime } from './diagnosis/evidence.ts';
import { GenesysApi, restGate } from './genesys/api.ts';
import { channelsDialect } from './genesys/channels/dialect.ts';
import type { CredentialsSource } from './genesys/credentials.ts';
import { HttpClient } from './genesys/http.ts';
import { TokenSource } from './genesys/oauth.ts';
import { ConversationTopics } from './genesys/org-socket/conversations.ts';
import { orgSocketDialect } from './genesys/org-socket/dialect.ts';
import type { Dialect } from './genesys/session/dialect.ts';
import { Session, type StateChange } from './genesys/session/session.ts';
import { isLive } from './genesys/session/state.ts';
import { Subscriptions, type SubscriptionsOptions } from './genesys/session/subscriptions.ts';
import { MOST_TOPICS } from './genesys/topics/configured.ts';
import { TopicResolver } from './genesys/topics/resolver.ts';
import { Pipeline } from './pipeline.ts';
import type { EventBus } from './publish/event-bus.ts';
import type { ParkingLot } from './publish/parking.ts';
import { type DrainResult, type PublishedListener, Publisher } from './publish/publisher.ts';
import type { MetricsAggregate } from './telemetry/aggregate.ts';
import type { HealthAnswer, HealthSource } from './telemetry/health.ts';
import { ProgressWatch } from './telemetry/progress.ts';
import type { Redactor } from './telemetry/redactor.ts';

export interface BridgeDependencies {
  readonly config: Pick<
    Config,
    'hosts' | 'dialect' | 'topics' | 'topicsRefreshMs' | 'shard' | 'detailTypeMode'
  >;
  readonly credentials: CredentialsSource;
  readonly bus: EventBus;
  readonly parking: ParkingLot;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricsAggregate;
  readonly redactor: Redactor;
  /** For reports of what ended; `other` unless said. */
  readonly runtime?: Runtime;
}

/** The Genesys Cloud side of a configuration: what can ask, without holding a socket. */
export function genesysClients({
  config,
  credentials,
  clock,
  logger,
  metrics,
  redactor,
}: Pick<BridgeDependencies, 'credentials' | 'clock' | 'logger' | 'metrics' | 'redactor'> & {
  readonly config: Pick<Config, 'hosts' | 'topics'>;
}): { tokens: TokenSource; api: GenesysApi; resolver: TopicResolver } {
  const { hosts } = config;
  const login = new HttpClient({ clock, logger, metrics });
  const tokens = new TokenSource({ hosts, credentials, http: login, clock, redactor });
  const rest = new HttpClient({ clock, logger, metrics, gate: restGate() });
  const api = new GenesysApi({ hosts, http: rest, tokens });
  return { tokens, api, resolver: new TopicResolver(api, config.topics) };
}

/** How this listener speaks, and what about. */
function speech(
  { config, clock, logger, metrics, redactor }: BridgeDependencies,
  { api, resolver }: Pick<ReturnType<typeof genesysClients>, 'api' | 'resolver'>,
): { readonly dialect: Dialect } & Pick<SubscriptionsOptions, 'resolver' | 'mostTopics'> {
  const { hosts, dialect } = config;
  if (dialect.name === 'channels')
    return {
      dialect: channelsDialect({ api, hosts, clock, logger, metrics, redactor }),
      resolver,
      mostTopics: MOST_TOPICS,
    };
  return {
    dialect: orgSocketDialect({ settings: dialect, clock }),
    resolver: new ConversationTopics(dialect.conversations),
    // No limit is known of the org socket.
    mostTopics: Number.POSITIVE_INFINITY,
  };
}

/** One listener: a session on one side, a publisher on the other, and the pipeline between them. */
export class Bridge implements HealthSource {
  readonly #session: Session;
  readonly #pipeline: Pipeline;
  readonly #publisher: Publisher;
  readonly #progress: ProgressWatch;
  readonly #logger: Logger;
  readonly #redactor: Redactor;
  #stopped: Promise<DrainResult> | undefined;

  constructor(dependencies: BridgeDependencies) {
    const { config, bus, parking, clock, logger, metrics, redactor } = dependencies;
    this.#logger = logger;
    this.#redactor = redactor;
    this.#publisher = new Publisher({ bus, parking, clock, metrics, logger, source: SOURCE });
    const clients = genesysClients(dependencies);
    const { dialect, ...subject } = speech(dependencies, clients);
    const subscriptions = new Subscriptions({
      ...subject,
      refreshMs: config.topicsRefreshMs,
      logger,
      metrics,
    });
    this.#pipeline = new Pipeline({
      publisher: this.#publisher,
      clock,
      metrics,
      shard: config.shard,
      dialect: dialect.name,
      detailTypeMode: config.detailTypeMode,
      subscribedTo: (topic) => subscriptions.includes(topic),
    });
    this.#session = new Session({
      dialect,
      tokens: clients.tokens,
      subscriptions,
      clock,
      logger,
      metrics,
      ...(dependencies.runtime === undefined ? {} : { runtime: dependencies.runtime }),
      listener: {
        notification: (notification, frame, source) =>
          this.#pipeline.notification(notification, frame, source),
        refused: (frame, code, detail) => {
          logger.warn({ code, detail }, 'frame refused and parked');
          this.#pipeline.refused(frame, code, detail);
        },
        stateChanged: (change) => this.#stateChanged(change),
      },
    });
    this.#progress = new ProgressWatch(
      clock,
      () => this.#publisher.stats().pending > 0,
      () => PROGRESS_COUNTERS.reduce((sum, name) => sum + metrics.total(name), 0),
    );
  }

  start(): void {
    this.#progress.start();
    this.#session.start();
  }

  /**
   * Leaves the socket, then publishes or parks everything that was received. Called again, it returns the
   * first call's promise.
   * @param deadlineMs how long publishing may take, in milliseconds; what is left then is parked
   */
  stop(deadlineMs: number): Promise<DrainResult> {
    this.#stopped ??= this.#stop(deadlineMs);
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
    const idleSeconds = Math.round(this.#progress.idleMs / 1000);
    return { ok: !this.#progress.stuck, facts: { ...this.#facts(), idleSeconds } };
  }

  readiness(): HealthAnswer {
    return { ok: isLive(this.#session.state) && this.#stopped === undefined, facts: this.#facts() };
  }

  #facts(): Record<string, unknown> {
    const { trouble, state } = this.#session;
    const { published, parked, pending } = this.#publisher.stats();
    const cause = trouble && { reason: trouble.reason, detail: this.#redactor.redact(trouble.detail) };
    return { state, published, parked, pending, ...(cause ? { trouble: cause } : {}) };
  }

  async #stop(deadlineMs: number): Promise<DrainResult> {
    await this.#session.stop();
    this.#pipeline.flush();
    const result = await this.#publisher.drain(deadlineMs);
    this.#progress.stop();
    const { accepted, published, parked, lost } = result;
    this.#logger.info({ accepted, published, parked, lost, inTime: result.inTime }, 'drained');
    return result;
  }

  /** Consumers hear of what matters to them: live, no longer live, stopped. */
  #stateChanged({ state, previousState, reason }: StateChange): void {
    if (isLive(state) === isLive(previousState) && state !== 'stopped') return;
    this.#pipeline.connectionChanged({ state, previousState, ...(reason === undefined ? {} : { reason }) });
  }
}

/** Whatever the publisher does, even in vain, moves one of these. */
const PROGRESS_COUNTERS = [
  'EventsPublished',
  'EventsParked',
  'EventsLost',
  'PublishRetries',
  'PublishCallsFailed',
  'ParkingFailures',
] as const;
