import type { Clock } from '../listener/clock.ts';
import type { Config } from '../listener/config.ts';
import type { CallName, Evidence } from '../listener/diagnosis/evidence.ts';
import { evidenceOfError } from '../listener/diagnosis/evidence-of-error.ts';
import { GenesysApi, type NewChannel } from '../listener/genesys/api.ts';
import type { Credentials, CredentialsSource } from '../listener/genesys/credentials.ts';
import { HttpClient } from '../listener/genesys/http.ts';
import { type AccessToken, TokenSource } from '../listener/genesys/oauth.ts';
import { TopicResolver } from '../listener/genesys/topics/resolver.ts';
import { MetricsAggregate } from '../listener/telemetry/aggregate.ts';
import { createLogger } from '../listener/telemetry/logger.ts';
import type { Redactor } from '../listener/telemetry/redactor.ts';
import type { SocketProbe } from './socket-probe.ts';
import type { TokenClaims } from './token-claims.ts';
import type { Transcript } from './transcript.ts';

/** A call that takes longer counts as not answered, in milliseconds. */
const CALL_TIMEOUT_MS = 15_000;

export interface ExaminationOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly transcript: Transcript;
  /** How long the connection is watched, in seconds. */
  readonly seconds: number;
  /** A subscribe message of the org socket to send in place of the listener's own. */
  readonly payload: Uint8Array | undefined;
  /** How credentials are read; a secret may be in AWS. */
  readonly credentialsOf: (config: Config) => CredentialsSource;
}

/** What the listener's own clients would ask with, but each question once. */
export interface Clients {
  readonly http: HttpClient;
  readonly tokens: TokenSource;
  readonly api: GenesysApi;
  readonly resolver: TopicResolver;
}

/** What one step finds for the next. */
export interface Found {
  readonly config: Config;
  readonly source: CredentialsSource;
  readonly credentials: Credentials;
  readonly clients: Clients;
  readonly token: AccessToken;
  readonly claims: TokenClaims;
  readonly topics: readonly string[];
  readonly channelCount: number;
  readonly channel: OwnChannel;
  readonly payload: Uint8Array;
  readonly payloadIsSound: boolean;
  readonly socket: SocketProbe;
}

export interface OwnChannel {
  readonly channel: NewChannel;
  /** On the monotonic scale, in milliseconds. */
  readonly madeAtMs: number;
}

export type CallOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly evidence: Evidence; readonly summary: string };

/** One walk along the way of a connection: what it was started with, and what it has found so far. */
export class Examination {
  readonly options: ExaminationOptions;
  /** By how much the server's clock is ahead of ours, in milliseconds. */
  clockOffsetMs = 0;
  readonly #found: Partial<Found> = {};
  readonly #answerTimes: number[] = [];

  constructor(options: ExaminationOptions) {
    this.options = options;
  }

  get clock(): Clock {
    return this.options.clock;
  }

  /** How long each answer took, in milliseconds. */
  get answerTimes(): readonly number[] {
    return this.#answerTimes;
  }

  /** The present time by the clock of the server, in whole seconds since the epoch. */
  get serverSeconds(): number {
    return Math.floor((this.clock.now() + this.clockOffsetMs) / 1000);
  }

  find(found: Partial<Found>): void {
    Object.assign(this.#found, found);
  }

  /** What a step before has found, if it has. */
  has<Key extends keyof Found>(key: Key): Partial<Found>[Key] {
    return this.#found[key];
  }

  /** What a step before has found. @throws Error when the step wasn't taken, which its `needs` rule out */
  need<Key extends keyof Found>(key: Key): Found[Key] {
    const value: Found[Key] | undefined = this.#found[key];
    if (value === undefined) throw new Error(`no step has found ${key} yet`);
    return value;
  }

  /** New clients, with a login of their own. */
  clients(): Clients {
    const { clock, redactor } = this.options;
    const { hosts, topics } = this.need('config');
    const logger = createLogger({ level: 'silent', redactor });
    const metrics = new MetricsAggregate();
    // One attempt: a diagnosis wants to see the failure, not to get over it.
    const http = new HttpClient({ clock, logger, metrics, attempts: 1, timeoutMs: CALL_TIMEOUT_MS });
    const tokens = new TokenSource({ hosts, credentials: this.need('source'), http, clock, redactor });
    const api = new GenesysApi({ hosts, http, tokens });
    return { http, tokens, api, resolver: new TopicResolver(api, topics) };
  }

  /** Makes a call and takes the time. A refusal or no answer is an outcome; a defect is thrown. */
  async call<T>(name: CallName, work: () => Promise<T>): Promise<CallOutcome<T>> {
    const startMs = this.clock.monotonic();
    const took = () => this.clock.monotonic() - startMs;
    try {
      const value = await work();
      this.#answerTimes.push(took());
      return { ok: true, value };
    } catch (error) {
      const evidence = evidenceOfError(name, error, took());
      if (evidence === undefined) throw error;
      if (evidence.kind === 'refused-call') this.#answerTimes.push(took());
      return { ok: false, evidence, summary: summaryOf(evidence) };
    }
  }

  answered(tookMs: number): void {
    this.#answerTimes.push(tookMs);
  }
}

function summaryOf(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'refused-call':
      return `answered ${evidence.status} (${evidence.code})`;
    case 'unanswered-call':
      return `no answer (${evidence.code})`;
    case 'credentials-problem':
      return evidence.problem;
    default:
      return evidence.kind;
  }
}
