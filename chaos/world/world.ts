import { ContactCentre } from '../../mock/contact-centre/contact-centre.ts';
import { type LocalEventBus, startLocalEventBus } from '../../mock/event-bus/local-event-bus.ts';
import { DEFAULT_CLIENT, type MockGenesys, startMockGenesys } from '../../mock/genesys/server.ts';
import { Fleet } from '../listeners/fleet.ts';
import type { Shape } from '../listeners/shape.ts';
import { Ledger } from '../oracle/ledger.ts';
import type { SentGarbage } from '../oracle/records.ts';
import { stateOf } from '../oracle/state.ts';
import { type AwsGateway, startAwsGateway } from './aws-gateway.ts';
import { crowdFor } from './crowd.ts';

const HEARTBEAT_MS = 2_000;
/** Less than the listeners are told to expect. */
const ANALYTICS_LAG_MS = 1_500;
const DAY_MS = 24 * 3_600_000;
/** How often what was written to sockets is read, milliseconds. */
const READ_EVERY_MS = 100;
/** Conversations that a socket has told of lately. */
const RECENT = 40;

export interface WorldOptions {
  readonly folder: string;
  readonly shape: Shape;
  /** The bundled listener, of that shape. */
  readonly program: string;
  /** Whether a second listener is to stand by. */
  readonly standby: boolean;
  readonly seed: number;
  /** Changes a second. */
  readonly rate: number;
  /** How long a channel lives, milliseconds; a day unless said. */
  readonly channelLifeMs?: number;
  /** How much heap a listener may have, MiB. */
  readonly heapMb?: number;
}

/** Genesys Cloud, AWS and the listeners between them; and the books of what went in and what came out. */
export class World {
  readonly centre: ContactCentre;
  readonly genesys: MockGenesys;
  readonly bus: LocalEventBus;
  readonly aws: AwsGateway;
  readonly fleet: Fleet;
  readonly ledger = new Ledger();
  readonly garbage: SentGarbage[] = [];
  /** Every secret that ever logged in. */
  readonly secrets = new Set<string>([DEFAULT_CLIENT.secret]);
  readonly #channels = new Set<string>();
  readonly #visible = new Set<string>();
  readonly #recent: string[] = [];
  readonly #reading: NodeJS.Timeout;
  #lastEventAt = 0;
  #lastSubscribedAt = 0;
  #events = 0;
  #closed = false;

  private constructor(parts: {
    centre: ContactCentre;
    genesys: MockGenesys;
    bus: LocalEventBus;
    aws: AwsGateway;
    fleet: Fleet;
  }) {
    this.centre = parts.centre;
    this.genesys = parts.genesys;
    this.bus = parts.bus;
    this.aws = parts.aws;
    this.fleet = parts.fleet;
    this.#reading = setInterval(() => this.#readWire(), READ_EVERY_MS);
    this.centre.on('change', ({ conversationId, notifications }) => {
      const told = notifications.some(({ topicName }) => topicName.startsWith('v2.routing.queues.'));
      if (conversationId !== undefined && told) this.#visible.add(conversationId);
    });
    this.genesys.controls.onMoment(({ moment }) => {
      if (moment === 'after-subscribe') this.#lastSubscribedAt = Date.now();
    });
    this.bus.onEvent((event) => {
      this.#lastEventAt = event.takenAt;
      this.#events += 1;
      this.ledger.taken(event);
    });
  }

  static async start(options: WorldOptions): Promise<World> {
    const { folder, shape, program, standby, seed, rate, channelLifeMs = DAY_MS, heapMb } = options;
    const centre = new ContactCentre({
      seed,
      rate,
      ...crowdFor(rate),
      keepEnded: Number.POSITIVE_INFINITY,
    });
    const genesys = await startMockGenesys({
      contactCentre: centre,
      heartbeatMs: HEARTBEAT_MS,
      analyticsLagMs: ANALYTICS_LAG_MS,
      channelLifeMs,
    });
    // Events are booked as they arrive; kept, they would fill the memory.
    const bus = await startLocalEventBus({ seed, keep: 0 });
    const aws = await startAwsGateway(bus.url, secretText(DEFAULT_CLIENT.secret));
    const fleet = new Fleet({
      folder,
      shape,
      program,
      standby,
      genesysUrl: genesys.url,
      awsUrlFor: (name) => aws.urlFor(name),
      lastPublisher: () => aws.lastPublisher,
      tasks: aws.tasks,
      ...(heapMb === undefined ? {} : { heapMb }),
    });
    return new World({ centre, genesys, bus, aws, fleet });
  }

  /** When the bus last took an event, milliseconds since the Unix epoch; 0 for never. */
  get lastEventAt(): number {
    return this.#lastEventAt;
  }

  /** When a socket was last subscribed, milliseconds since the Unix epoch; 0 for never. */
  get lastSubscribedAt(): number {
    return this.#lastSubscribedAt;
  }

  /** How many events the bus has taken. */
  get eventsTaken(): number {
    return this.#events;
  }

  /** Texts that may stand in no log and no parked item. */
  get unspeakable(): readonly string[] {
    return [
      ...this.secrets,
      ...this.genesys.controls.issuedTokens(),
      ...this.#channels,
      ...this.aws.tasks.tokens,
    ];
  }

  liveSockets(): number {
    return this.genesys.controls
      .channels()
      .filter(({ connected, subscriptions }) => connected && subscriptions.length > 0).length;
  }

  openConversations(): readonly string[] {
    const open = new Set(this.centre.openConversationIds());
    return [...new Set(this.#recent)].filter((id) => open.has(id));
  }

  sendGarbage(data: string | Uint8Array, marker: string): void {
    if (this.genesys.controls.send(data) > 0) this.garbage.push({ marker, at: Date.now() });
  }

  rotateSecret(secret: string): { readonly inGenesys: () => void; readonly inAws: () => void } {
    this.secrets.add(secret);
    return {
      inGenesys: () => this.genesys.controls.changeSecret(DEFAULT_CLIENT.id, secret),
      inAws: () => {
        this.aws.secret = secretText(secret);
      },
    };
  }

  /** The true state of every conversation that a subscribed topic has told of. */
  truth(): ReadonlyMap<string, string> {
    const entries = [...this.#visible].flatMap((id): (readonly [string, string])[] => {
      const state = stateOf(this.centre.truth(id))?.state;
      return state === undefined ? [] : [[id, state]];
    });
    return new Map(entries);
  }

  /** Books what was written to sockets since the last time. */
  #readWire(): void {
    for (const { id } of this.genesys.controls.channels()) this.#channels.add(id);
    for (const entry of this.genesys.record) {
      this.ledger.written(entry);
      this.#channels.add(entry.channelId);
      if (entry.conversationId !== undefined) this.#recent.push(entry.conversationId);
    }
    this.genesys.record.clear();
    this.#recent.splice(0, this.#recent.length - RECENT);
  }

  /** Ends everything but the listeners. Called again, it does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#reading);
    this.#readWire();
    this.centre.stop();
    await this.genesys.close();
    await this.aws.close();
    await this.bus.close();
  }
}

const secretText = (clientSecret: string) => JSON.stringify({ clientId: DEFAULT_CLIENT.id, clientSecret });
