import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Footprint, readFootprint } from './footprint.ts';
import { Listener } from './listener.ts';

/** Times that suit runs of seconds, where production has minutes; the settings are the listener's own. */
const SHORT_TIMES = {
  LEASE_SECONDS: '3',
  HEARTBEAT_TIMEOUT_SECONDS: '5',
  ANALYTICS_LAG_SECONDS: '3',
  CREDENTIALS_RECHECK_SECONDS: '5',
  HANDOVER_SECONDS: '8',
} as const;

export interface FleetOptions {
  readonly folder: string;
  /** The file that node runs. */
  readonly program: string;
  readonly genesysUrl: string;
  /** The endpoint that a listener of this name uses for AWS. */
  readonly awsUrlFor: (name: string) => string;
  /** Who last published: to tell which listener holds the lease. */
  readonly lastPublisher: () => string | undefined;
  /** How much heap a listener may have, MiB; as much as node sees fit unless said. */
  readonly heapMb?: number;
}

/** The listeners of one shard: they share their state, and nothing else. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #all: Listener[] = [];
  readonly #hung = new Set<Listener>();
  readonly payloadDir: string;
  readonly #clockFile: string;
  #bufferMb: number | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#clockFile = join(options.folder, 'clock-shift');
    this.payloadDir = join(options.folder, 'payloads');
    for (const name of ['logs', 'parked', 'state'])
      mkdirSync(join(options.folder, name), { recursive: true });
    writeFileSync(this.#clockFile, '0');
  }

  /** Every listener there ever was, oldest first. */
  get all(): readonly Listener[] {
    return this.#all;
  }

  get running(): readonly Listener[] {
    return this.#all.filter(({ running }) => running);
  }

  /** The one that publishes, as far as can be seen; else the oldest that runs. */
  get holder(): Listener | undefined {
    const name = this.#options.lastPublisher();
    return this.running.find((listener) => listener.name === name) ?? this.running[0];
  }

  environmentOf(name: string): Readonly<Record<string, string>> {
    const { folder, genesysUrl, awsUrlFor } = this.#options;
    return {
      ...SHORT_TIMES,
      GENESYSCLOUD_LOGIN_URL: genesysUrl,
      GENESYSCLOUD_API_URL: genesysUrl,
      GENESYS_SECRET_ID: 'chaos',
      TOPICS: 'queues:*',
      AWS_REGION: 'ap-northeast-1',
      AWS_ACCESS_KEY_ID: 'chaos',
      AWS_SECRET_ACCESS_KEY: 'chaos',
      AWS_ENDPOINT_URL: awsUrlFor(name),
      EVENT_BUS_NAME: 'conversation-bridge',
      STATE_DIR: join(folder, 'state'),
      PARKING_DIR: join(folder, 'parked', name),
      PAYLOAD_DIR: this.payloadDir,
      HEALTH_PORT: '0',
      LOG_LEVEL: 'debug',
      CHAOS_CLOCK_FILE: this.#clockFile,
      CHAOS_FOOTPRINT_FILE: join(folder, 'logs', `${name}.footprint`),
      ...(this.#bufferMb === undefined ? {} : { BUFFER_MB: String(this.#bufferMb) }),
    };
  }

  start(): Listener {
    const name = `listener-${this.#all.length + 1}`;
    const { folder, program, heapMb } = this.#options;
    const listener = new Listener({
      name,
      program,
      logFile: join(folder, 'logs', `${name}.log`),
      parkingDir: join(folder, 'parked', name),
      environment: this.environmentOf(name),
      ...(heapMb === undefined ? {} : { heapMb }),
    });
    this.#all.push(listener);
    return listener;
  }

  /** Gives listeners that start from now on so little room for what waits to be published, in MiB. */
  limitBuffers(mb: number): void {
    this.#bufferMb = mb;
  }

  /** Shifts the clocks of all listeners, also of those that start later, in milliseconds. */
  shiftClocks(ms: number): void {
    writeFileSync(this.#clockFile, String(ms));
  }

  /**
   * Of the listener that lived longest; undefined when none lived long enough to tell.
   * @param until the end of the load, milliseconds since the Unix epoch: afterwards everything is small
   */
  footprint(until: number): Footprint | undefined {
    const all = this.#all.flatMap(({ name }) => {
      const footprint = readFootprint(join(this.#options.folder, 'logs', `${name}.footprint`), until);
      return footprint === undefined ? [] : [footprint];
    });
    return all.toSorted((a, b) => b.seconds - a.seconds)[0];
  }

  /** Those that ended though nobody told them to, that failed when they were told, or that did not end at all. */
  get crashed(): readonly Listener[] {
    return this.#all.filter(
      (listener) =>
        this.#hung.has(listener) ||
        (listener.end !== undefined &&
          (!listener.end.told || (listener.end.code !== 0 && listener.end.signal === null))),
    );
  }

  /** Ends all in order; those that don't end within so many milliseconds, by force. */
  async stop(withinMs: number): Promise<void> {
    const running = this.running;
    for (const listener of running) {
      listener.thaw();
      listener.terminate();
    }
    const late = setTimeout(() => {
      for (const listener of running.filter((each) => each.running)) {
        this.#hung.add(listener);
        listener.kill();
      }
    }, withinMs);
    await Promise.all(running.map(({ ended }) => ended));
    clearTimeout(late);
  }
}
