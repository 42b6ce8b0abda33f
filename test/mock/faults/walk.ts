import { setImmediate as turn } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { MockDialect } from '../../../mock/genesys/moments.ts';
import { basic } from '../genesys/harness.ts';
import { ORIGIN, type OrgMock, SUBSCRIBE } from '../org-socket/harness.ts';

/** How often the event loop is let run before something counts as not coming. */
const PATIENCE = 120;
const MINUTE = 60_000;

export interface WalkOptions {
  readonly dialect: MockDialect;
  readonly environment?: Readonly<Record<string, string>>;
  readonly payload?: string | undefined;
}

/** The walk has ended here, in these words. */
class Stopped extends Error {}

/**
 * Goes the way of a client, from the login to an hour of life, as the environment points it, and tells in few words
 * how far it came: `healthy`, or for instance `login 401`, `upgrade 502`, `subscribe cut 1006`.
 */
export async function walk(started: OrgMock, options: WalkOptions): Promise<string> {
  const steps = new Walk(started, options);
  try {
    await (options.dialect === 'channels' ? walkChannels : walkOrgSocket)(steps);
    return 'healthy';
  } catch (error) {
    if (error instanceof Stopped) return error.message;
    throw error;
  } finally {
    steps.leave();
  }
}

async function walkChannels(walk: Walk): Promise<void> {
  const token = await walk.login();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const channels = '/api/v2/notifications/channels';
  const { entities } = Listing.parse(
    await walk.call('list', `${channels}?includechannels=oauthclient`, { headers }),
  );
  if (entities.length >= 20) throw new Stopped(`${entities.length} channels`);
  const { id, connectUri } = Channel.parse(await walk.call('channel', channels, { method: 'POST', headers }));
  await walk.connect(connectUri);
  const { TOPICS } = walk.environment;
  const topics = TOPICS === undefined ? walk.queueTopics : [TOPICS];
  const rows = await walk.call('subscribe', `${channels}/${id}/subscriptions?ignoreErrors=true`, {
    method: 'PUT',
    headers,
    body: JSON.stringify(topics.map((topic) => ({ id: topic }))),
  });
  const rejected = Rows.parse(rows).entities.find(({ state }) => state === 'Rejected');
  if (rejected)
    throw new Stopped(`rejected ${rejected.missingPermissions?.join() || rejected.rejectionReason}`);
  await walk.live('"eventBody":{"id"');
  walk.send('{"message":"ping"}');
  await walk.expect('pong', '"message":"pong"');
  await walk.grow();
}

async function walkOrgSocket(walk: Walk): Promise<void> {
  const token = await walk.login();
  await walk.connect(walk.environment['GENESYSCLOUD_ORG_SOCKET_URL'] ?? walk.started.mock.orgSocketUrl);
  walk.send(JSON.stringify({ type: 'auth', data: { token } }));
  await walk.expect('auth', 'auth-success');
  walk.send(walk.payload);
  await walk.expect('subscribe', '"confirmation"');
  await walk.live('"type":"event"');
  walk.ping();
  await walk.expect('pong', 'PONG');
  await walk.grow();
}

class Walk {
  readonly started: OrgMock;
  readonly environment: Readonly<Record<string, string>>;
  readonly payload: string;
  readonly #frames: string[] = [];
  #ws: WebSocket | undefined;
  #end: string | undefined;

  constructor(started: OrgMock, { environment = {}, payload = SUBSCRIBE }: WalkOptions) {
    this.started = started;
    this.environment = environment;
    this.payload = payload;
  }

  get queueTopics(): string[] {
    return this.started.contactCentre.queues.map(({ id }) => `v2.routing.queues.${id}.conversations`);
  }

  async login(): Promise<string> {
    const env = this.environment;
    const id = env['GENESYSCLOUD_OAUTHCLIENT_ID'] ?? 'mock-client-id';
    const secret = env['GENESYSCLOUD_OAUTHCLIENT_SECRET'] ?? 'mock-client-secret';
    const body = await this.call('login', '/oauth/token', {
      method: 'POST',
      headers: { authorization: basic(id, secret) },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    return z.object({ access_token: z.string() }).parse(body).access_token;
  }

  async call(step: string, path: string, init: RequestInit): Promise<unknown> {
    const base = step === 'login' ? 'GENESYSCLOUD_LOGIN_URL' : 'GENESYSCLOUD_API_URL';
    const outcome = await this.#settled(
      fetch((this.environment[base] ?? this.started.mock.url) + path, init).then(
        async (response) => ({ response, body: await response.text() }),
        (error: unknown) => ({ failed: codeOf(error) }),
      ),
    );
    if (outcome === undefined) throw new Stopped(`${step} unanswered`);
    if ('failed' in outcome) throw new Stopped(`${step} ${outcome.failed}`);
    const { response, body } = outcome;
    if (!response.ok) throw new Stopped(`${step} ${response.status}`);
    const skew = Date.parse(response.headers.get('date') ?? '') - this.started.clock.now();
    if (Math.abs(skew) >= MINUTE) throw new Stopped(`date off by ${Math.round(skew / MINUTE)} minutes`);
    return JSON.parse(body);
  }

  async connect(url: string): Promise<void> {
    if (!url.includes('//127.0.0.1:')) throw new Stopped(`foreign ${new URL(url).hostname}`);
    const ws = new WebSocket(url, {
      origin: ORIGIN,
      headers: { 'user-agent': 'test' },
      maxPayload: 1_000_000,
    });
    this.#ws = ws;
    let trouble = '';
    ws.on('message', (data) => this.#frames.push(String(data)));
    ws.on('pong', () => this.#frames.push('PONG'));
    ws.on('error', (error) => {
      trouble = /\d{3}$/.exec(error.message)?.[0] ?? codeOf(error);
    });
    ws.on('close', (code) => {
      this.#end = trouble === '' ? `cut ${code}` : `cut ${code} ${trouble}`;
    });
    await this.#until(() => ws.readyState !== WebSocket.CONNECTING);
    if (ws.readyState === WebSocket.CONNECTING) throw new Stopped('upgrade unanswered');
    await this.#until(() => this.#end !== undefined, 5);
    if (this.#end !== undefined) throw new Stopped(`connect ${this.#end}`);
  }

  send(text: string): void {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send(text);
  }

  ping(): void {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.ping();
  }

  /** Waits for a frame that holds the text. */
  async expect(step: string, text: string): Promise<void> {
    const come = () => this.#frames.some((frame) => frame.includes(text));
    await this.#until(() => come() || this.#end !== undefined);
    if (come()) return;
    const told = this.#frames.filter((frame) => frame.includes('"type":"error"')).map(kindOf);
    throw new Stopped([step, ...told, this.#end ?? (told.length > 0 ? 'open' : 'silence')].join(' '));
  }

  /** Lets the contact centre live until an event comes. */
  async live(text: string): Promise<void> {
    await this.started.clock.advance(5);
    await this.#until(() => this.#end !== undefined, 5);
    for (let step = 0; step < 20; step += 1) this.started.contactCentre.step();
    await this.expect('live', text);
  }

  /** An hour passes. */
  async grow(): Promise<void> {
    await this.started.clock.advance(60 * MINUTE);
    const odd = () => this.#frames.find((frame) => /v2\.system|"result":"404"|"error"/.test(frame));
    await this.#until(() => this.#end !== undefined || odd() !== undefined, 10);
    if (odd() !== undefined || this.#end !== undefined)
      throw new Stopped(`later ${kindOf(odd())} ${this.#end}`);
  }

  /** Leaves nothing behind for the next. */
  leave(): void {
    this.#ws?.terminate();
    for (const { id } of this.started.mock.controls.channels()) this.started.mock.controls.expire(id);
  }

  async #settled<T>(promise: Promise<T>): Promise<T | undefined> {
    let result: { value: T } | undefined;
    void promise.then((value) => {
      result = { value };
    });
    await this.#until(() => result !== undefined);
    return result?.value;
  }

  /** Lets everything run until something holds or patience ends; time on the mock's clock stands still. */
  async #until(condition: () => boolean, patience = PATIENCE): Promise<void> {
    for (let round = 0; round < patience && !condition(); round += 1) {
      // A round trip over the network: what was sent before it has arrived when it is over.
      await fetch(`${this.started.mock.url}/`).then((response) => response.text());
      await turn();
    }
  }
}

/** A frame by its topic or code. */
function kindOf(frame = '{}'): string {
  const message = Frame.parse(JSON.parse(frame));
  return message.topicName ?? message.code ?? 'nothing';
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause = error } = error;
  return String(Reflect.get(Object(cause), 'code') ?? error.message);
}

const Frame = z.object({ topicName: z.string().optional(), code: z.string().optional() });
const Listing = z.object({ entities: z.array(z.unknown()) });
const Channel = z.object({ id: z.string(), connectUri: z.string() });
const Rows = z.object({
  entities: z.array(
    z.object({
      state: z.string(),
      rejectionReason: z.string().optional(),
      missingPermissions: z.array(z.string()).optional(),
    }),
  ),
});
