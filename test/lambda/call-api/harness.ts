import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import type { Context } from 'aws-lambda';
import { vi } from 'vitest';
import { z } from 'zod';
import type { FailedEvent } from '../../../lambda/call-api/failed-events.ts';
import { createHandler, type Handler } from '../../../lambda/call-api/invocation.ts';
import { ApiKey, type SecretStore } from '../../../lambda/call-api/secret.ts';
import { readSettings } from '../../../lambda/call-api/settings.ts';
import { sampleEvents } from '../../../listener/contract/sample.ts';
import { ApiServer } from './api-server.ts';
import { MemoryStore } from './memory-store.ts';

const KEY = 'key-canary-8c1f';
const line = z.record(z.string(), z.unknown());

/** A sample event by its name, as Lambda's runtime would hand it over: fresh from JSON. */
export function sample(name = 'call connected'): Record<string, unknown> {
  const found = sampleEvents().find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no sample "${name}"`);
  return line.parse(JSON.parse(JSON.stringify(found.event)));
}

/** Settings of a function that calls `url`. */
export function settingsFor(url: string, env: Readonly<Record<string, string>> = {}) {
  return readSettings({
    API_URL: url,
    IDEMPOTENCY_TABLE: 'idempotency',
    FAILED_EVENTS_QUEUE_URL: 'https://sqs.ap-northeast-1.amazonaws.com/123456789012/failed',
    ...env,
  });
}

/** Secrets in memory: what is remembered changes only when it is read fresh. */
export class MemorySecrets implements SecretStore {
  current: string | undefined;
  failure: Error | undefined;
  #remembered: string | undefined;

  constructor(secret: string | undefined) {
    this.current = secret;
    this.#remembered = secret;
  }

  async read(_id: string, { fresh }: { fresh: boolean }): Promise<string | undefined> {
    if (this.failure !== undefined) throw this.failure;
    if (fresh) this.#remembered = this.current;
    return this.#remembered;
  }
}

/** The function with a real HTTP API behind it; AWS's services are in memory, time is as the test says. */
export class FunctionUnderTest {
  readonly api = new ApiServer();
  readonly store = new MemoryStore();
  readonly secrets: MemorySecrets;
  readonly failed: FailedEvent[] = [];
  /** The waits between attempts, in milliseconds. */
  readonly waits: number[] = [];
  /** Thrown when an event is to be kept. */
  queueFailure: Error | undefined;
  remainingMs = 30_000;
  output = '';
  readonly #env: Readonly<Record<string, string>>;
  #handler: Handler | undefined;

  constructor(env: Readonly<Record<string, string>> = {}, secret: string | undefined = KEY) {
    this.#env = env;
    this.secrets = new MemorySecrets(secret);
  }

  async start(path = '/events'): Promise<void> {
    const settings = settingsFor((await this.api.start()) + path, {
      API_SECRET_ID: 'api',
      LOG_LEVEL: 'debug',
      ...this.#env,
    });
    const write = (chunk: unknown) => {
      this.output += String(chunk);
      return true;
    };
    vi.spyOn(process.stdout, 'write').mockImplementation(write);
    vi.spyOn(process.stderr, 'write').mockImplementation(write);
    this.#handler = createHandler({
      api: settings.api,
      key: new ApiKey(settings.secret, this.secrets),
      idempotencyStore: this.store,
      idempotencySeconds: settings.idempotencySeconds,
      failedEvents: {
        keep: async (failed) => {
          if (this.queueFailure !== undefined) throw this.queueFailure;
          this.failed.push(failed);
        },
      },
      time: {
        now: () => Date.now(),
        monotonic: () => performance.now(),
        random: () => 0.5,
        sleep: async (ms) => {
          this.waits.push(ms);
          this.remainingMs -= ms;
        },
      },
      logger: new Logger({ serviceName: 'call-api', logLevel: settings.logLevel }),
      emf: new Metrics({ namespace: 'ConversationBridge', serviceName: 'call-api' }),
      tracer: new Tracer({ serviceName: 'call-api' }),
    });
  }

  invoke(event: unknown): Promise<void> {
    if (this.#handler === undefined) throw new Error('not started');
    return this.#handler(event, this.#context());
  }

  /** The JSON lines written so far. */
  lines(): Record<string, unknown>[] {
    return this.output
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => line.parse(JSON.parse(text)));
  }

  /** The figures of each invocation so far. */
  figures(): Record<string, unknown>[] {
    return this.lines().filter((candidate) => '_aws' in candidate);
  }

  async stop(): Promise<void> {
    vi.restoreAllMocks();
    await this.api.stop();
  }

  #context(): Context {
    return {
      callbackWaitsForEmptyEventLoop: false,
      functionName: 'call-api',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:ap-northeast-1:123456789012:function:call-api',
      memoryLimitInMB: '128',
      awsRequestId: '99999999-aaaa-4bbb-8ccc-000000000001',
      logGroupName: '/aws/lambda/call-api',
      logStreamName: 'stream',
      getRemainingTimeInMillis: () => this.remainingMs,
      done: () => {},
      fail: () => {},
      succeed: () => {},
    };
  }
}
