import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { ContactCentre } from '../../../mock/contact-centre/contact-centre.ts';
import { DEFAULT_CLIENT, type MockGenesysOptions, startMockGenesys } from '../../../mock/genesys/server.ts';
import { ManualClock } from '../../manual-clock.ts';

const Json = z.record(z.string(), z.unknown());
export type Json = z.infer<typeof Json>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** An empty object when there is no body. */
  readonly body: Json;
}

/** A mock on a free port and a clock that stands still; both end with the test. */
export async function startMock(options: Partial<MockGenesysOptions> = {}) {
  const clock = new ManualClock();
  const contactCentre = options.contactCentre ?? new ContactCentre({ seed: 7, clock, queues: 3, agents: 4 });
  const mock = await startMockGenesys({ clock, ...options, contactCentre });
  onTestFinished(() => mock.close());

  const request = async (method: string, path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(mock.url + path, { method, ...init });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? {} : Json.parse(JSON.parse(text)),
    };
  };

  const login = async (client = DEFAULT_CLIENT): Promise<string> => {
    const answer = await request('POST', '/oauth/token', {
      headers: { authorization: basic(client.id, client.secret) },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    return z.string().parse(answer.body['access_token']);
  };

  const token = await login();

  /** Calls the API with the default token, or another. */
  const api = (method: string, path: string, body?: unknown, bearer = token): Promise<Answer> =>
    request(method, path, {
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const createChannel = async (bearer = token) =>
    Channel.parse((await api('POST', '/api/v2/notifications/channels', undefined, bearer)).body);

  const subscribe = (channelId: string, topics: readonly string[], query = '', method = 'POST') =>
    api(
      method,
      `/api/v2/notifications/channels/${channelId}/subscriptions${query}`,
      topics.map((id) => ({ id })),
    );

  return { mock, clock, contactCentre, token, request, login, api, createChannel, subscribe };
}

const Channel = z.object({ id: z.string(), connectUri: z.string(), expires: z.string() });

export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

/** The client's end of a socket; remembers what came before it was asked for. */
export class TestSocket {
  readonly #ws: WebSocket;
  readonly #received: string[] = [];
  readonly #waiting: ((text: string) => void)[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
    });
    ws.on('message', (data) => {
      const text = Buffer.isBuffer(data) ? data.toString('utf8') : '';
      const waiting = this.#waiting.shift();
      if (waiting) waiting(text);
      else this.#received.push(text);
    });
  }

  /** @throws Error with the HTTP status when the upgrade is refused */
  static async open(uri: string): Promise<TestSocket> {
    const ws = new WebSocket(uri);
    const socket = new TestSocket(ws);
    onTestFinished(() => ws.terminate());
    await new Promise((resolve, reject) => {
      ws.once('open', resolve);
      ws.once('error', reject);
    });
    return socket;
  }

  /** The next message as text. */
  nextText(): Promise<string> {
    const text = this.#received.shift();
    if (text !== undefined) return Promise.resolve(text);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  async next(): Promise<Json> {
    return Json.parse(JSON.parse(await this.nextText()));
  }

  send(message: unknown): void {
    this.#ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Resolves when an RFC 6455 ping has been answered. */
  async protocolPing(): Promise<void> {
    const pong = new Promise((resolve) => {
      this.#ws.once('pong', resolve);
    });
    this.#ws.ping();
    await pong;
  }

  /** All messages up to the answer to a ping: what has not come by then was not sent. */
  async untilPong(): Promise<string[]> {
    this.send({ message: 'ping' });
    const before: string[] = [];
    for (;;) {
      const text = await this.nextText();
      if (text.includes('"message":"pong"')) return before;
      before.push(text);
    }
  }
}
