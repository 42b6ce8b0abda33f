import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { MockGenesysOptions } from '../../../mock/genesys/server.ts';
import { ORG_SOCKET_CLIENT } from '../../../mock/genesys/server.ts';
import type { Switches } from '../../../mock/genesys/switches.ts';
import { type Json, startMock } from '../genesys/harness.ts';

export const ORIGIN = 'https://bridge.example.com';
export const SUBSCRIBE =
  '{"id":"ws-sub-001","type":"subscribe","filter":{"eventTypes":["conversation:conversation:updated"],"entities":[]}}';

/** A mock whose client has JWTs. */
export async function startOrgMock(
  switches: Partial<Switches> = {},
  options: Partial<MockGenesysOptions> = {},
) {
  return startMock({ clients: [ORG_SOCKET_CLIENT], switches, ...options });
}

export type OrgMock = Awaited<ReturnType<typeof startOrgMock>>;

/** A client of the org socket that sends whatever it is told to. */
export class OrgClient {
  readonly #ws: WebSocket;
  readonly #received: Json[] = [];
  readonly #waiting: ((message: Json) => void)[] = [];
  closeCode: number | undefined;

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('error', () => undefined);
    ws.on('close', (code) => {
      this.closeCode = code;
    });
    ws.on('message', (data) => {
      const message: Json = JSON.parse(String(data));
      const waiting = this.#waiting.shift();
      if (waiting) waiting(message);
      else this.#received.push(message);
    });
  }

  /** @throws Error with the HTTP status when the upgrade is refused */
  static async open(
    url: string,
    headers: Readonly<Record<string, string>> = { origin: ORIGIN, 'user-agent': 'test' },
  ): Promise<OrgClient> {
    const ws = new WebSocket(url, { headers });
    const client = new OrgClient(ws);
    onTestFinished(() => ws.terminate());
    await new Promise((resolve, reject) => {
      ws.once('open', resolve);
      ws.once('error', reject);
    });
    return client;
  }

  send(message: string | Uint8Array, binary = false): void {
    this.#ws.send(message, { binary });
  }

  auth(token: string): void {
    this.send(JSON.stringify({ type: 'auth', data: { token } }));
  }

  next(): Promise<Json> {
    const message = this.#received.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** What has come and was not asked for. */
  get unread(): readonly Json[] {
    return this.#received;
  }

  /** Resolves with whether a ping was answered, or the connection has ended. */
  ping(): Promise<'pong' | 'closed'> {
    return new Promise((resolve) => {
      if (this.closeCode !== undefined) resolve('closed');
      this.#ws.once('pong', () => resolve('pong'));
      this.#ws.once('close', () => resolve('closed'));
      if (this.#ws.readyState === WebSocket.OPEN) this.#ws.ping();
    });
  }

  /** Resolves with the close code. */
  closed(): Promise<number> {
    if (this.closeCode !== undefined) return Promise.resolve(this.closeCode);
    return new Promise((resolve) => {
      this.#ws.once('close', resolve);
    });
  }
}

/** A client that has shown its token and was told that it is good. */
export async function authenticated(started: OrgMock): Promise<OrgClient> {
  const client = await OrgClient.open(started.mock.orgSocketUrl);
  client.auth(await started.login());
  await client.next();
  return client;
}
