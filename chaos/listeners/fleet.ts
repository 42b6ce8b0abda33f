import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chain } from './chain.ts';
import { type Footprint, readFootprint } from './footprint.ts';
import { Listener } from './listener.ts';
import type { Shape } from './shape.ts';
import type { Tasks } from './tasks.ts';

/** Times that suit runs of seconds, where production has minutes; the settings are the listener's own. */
const SHORT_TIMES = {
  LEASE_SECONDS: '3',
  HEARTBEAT_TIMEOUT_SECONDS: '5',
  ANALYTICS_LAG_SECONDS: '3',
  CREDENTIALS_RECHECK_SECONDS: '5',
  HANDOVER_SECONDS: '8',
} as const;

/**
 * How long an invocation may take, milliseconds. 28 s of it are kept for its end, so it calls for the next one after 8 s; where
 * another one stands by, after 22, since one that has just connected does not know yet what a standby should.
 */
const INVOCATION_MS = 36_000;
const INVOCATION_WITH_STANDBY_MS = 50_000;
/** How long an invocation may take to begin, which is not of its time, milliseconds. */
const INIT_MS = 10_000;

const RUNTIME = join(import.meta.dirname, 'lambda-runtime.mjs');

export interface FleetOptions {
  readonly folder: string;
  readonly shape: Shape;
  /** The bundle: a program, or a module with a handler for Lambda. */
  readonly program: string;
  /** Whether two are to run at all times. */
  readonly standby: boolean;
  readonly genesysUrl: string;
  /** The endpoint that a listener of this name uses for AWS. */
  readonly awsUrlFor: (name: string) => string;
  /** Who last published: to tell which listener holds the lease. */
  readonly lastPublisher: () => string | undefined;
  /** How much heap a listener may have, MiB; as much as node sees fit unless said. */
  readonly heapMb?: number;
  /** The tasks that relays are started for. */
  readonly tasks: Tasks;
}

/** The listeners of one shard: they share their state, and nothing else. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #all: Listener[] = [];
  readonly #chains: Chain[] = [];
  readonly #hung = new Set<Listener>();
  readonly payloadDir: string;
  readonly #clockFile: string;
  readonly #invocationMs: number;
  #bufferMb: number | undefined;
  #nextTwice = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#invocationMs = options.standby ? INVOCATION_WITH_STANDBY_MS : INVOCATION_MS;
    this.#clockFile = join(options.folder, 'clock-shift');
    this.payloadDir = join(options.folder, 'payloads');
    for (const name of ['logs', 'parked', 'state'])
      mkdirSync(join(options.folder, name), { recursive: true });
    writeFileSync(this.#clockFile, '0');
  }

  get shape(): Shape {
    return this.#options.shape;
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

  /** How many relays have called for their successor. */
  get handedOver(): number {
    return this.#chains.reduce((sum, { handedOver }) => sum + handedOver, 0);
  }

  /** How many chains keep a relay running each. */
  get chains(): number {
    return this.#chains.length;
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

  /** Starts a container, or a chain of relays. */
  start(): void {
    const { shape, program, tasks } = this.#options;
    if (shape === 'fargate') this.#launch('listener', { command: [program] });
    else
      this.#chains.push(
        new Chain({
          tasks,
          taskMs: this.#invocationMs,
          invoke: (token) => this.#invoke(token),
          after: (ms, call) => {
            const timer = setTimeout(call, ms);
            return () => clearTimeout(timer);
          },
        }),
      );
  }

  /** Has the next relay that is due started by two invocations for the same task. */
  invokeNextTwice(): void {
    this.#nextTwice = true;
  }

  #invoke(taskToken: string): void {
    const times = this.#nextTwice ? 2 : 1;
    this.#nextTwice = false;
    for (let time = 0; time < times; time += 1) this.#invokeOnce(taskToken);
  }

  #invokeOnce(taskToken: string): void {
    this.#launch('relay', {
      command: [RUNTIME, this.#options.program],
      lifetimeMs: INIT_MS + this.#invocationMs,
      environment: {
        AWS_LAMBDA_FUNCTION_NAME: 'chaos',
        CHAOS_TASK_TOKEN: taskToken,
        CHAOS_INVOCATION_MS: String(this.#invocationMs),
      },
    });
  }

  #launch(
    kind: string,
    {
      environment,
      ...run
    }: Pick<ConstructorParameters<typeof Listener>[0], 'command' | 'lifetimeMs'> & {
      readonly environment?: Readonly<Record<string, string>>;
    },
  ): void {
    const name = `${kind}-${this.#all.length + 1}`;
    const { folder, heapMb } = this.#options;
    const listener = new Listener({
      ...run,
      name,
      logFile: join(folder, 'logs', `${name}.log`),
      parkingDir: join(folder, 'parked', name),
      environment: { ...this.environmentOf(name), ...environment },
      ...(heapMb === undefined ? {} : { heapMb }),
    });
    this.#all.push(listener);
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

  /**
   * Those that ended with an error or did not end at all, and containers that ended though nobody told them to. A relay ends by
   * itself, and does so in order only before its time is over.
   */
  get crashed(): readonly Listener[] {
    const { shape } = this.#options;
    return this.#all.filter((listener) => {
      if (this.#hung.has(listener)) return true;
      if (listener.end === undefined) return false;
      const { code, signal, told } = listener.end;
      return told ? code !== 0 && signal === null : shape === 'fargate' || code !== 0;
    });
  }

  /** Ends all in order; those that don't end within so many milliseconds, by force. */
  async stop(withinMs: number): Promise<void> {
    for (const chain of this.#chains) chain.stop();
    const running = this.running;
    for (const listener of running) {
      listener.thaw();
      // Lambda has no signal for it: a relay learns that nobody waits for it any more.
      if (this.shape === 'fargate') listener.terminate();
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

  /** Ends all at once. */
  kill(): void {
    for (const chain of this.#chains) chain.stop();
    for (const listener of this.running) listener.kill();
  }
}
