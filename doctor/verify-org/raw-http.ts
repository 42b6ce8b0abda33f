import { z } from 'zod';
import type { Config } from '../../listener/config.ts';
import type { Credentials } from '../../listener/genesys/credentials.ts';
import type { Redactor } from '../../listener/telemetry/redactor.ts';

const TIMEOUT_MS = 15_000;
const anyObject = z.record(z.string(), z.unknown()).catch({});

/** An answer as it is, whatever its status. */
export interface RawAnswer {
  readonly status: number;
  /** Empty when it is no object. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Asks once and takes any answer, since it is the answers that are of interest. */
export class RawHttp {
  readonly #config: Config;
  readonly #credentials: Credentials;
  readonly #redactor: Redactor;

  constructor(config: Config, credentials: Credentials, redactor: Redactor) {
    this.#config = config;
    this.#credentials = credentials;
    this.#redactor = redactor;
  }

  /** A login. What it answers holds a token. */
  async login(grantType = 'client_credentials'): Promise<RawAnswer> {
    const { clientId, clientSecret } = this.#credentials;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    this.#redactor.add(clientSecret);
    this.#redactor.add(basic);
    const answer = await this.#send(`${this.#config.hosts.loginUrl}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: grantType }),
    });
    const token = answer.body['access_token'];
    if (typeof token === 'string') this.#redactor.add(token);
    return answer;
  }

  call(method: string, path: string, token: string, body?: unknown): Promise<RawAnswer> {
    return this.#send(`${this.#config.hosts.apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async #send(url: string, init: RequestInit): Promise<RawAnswer> {
    const response = await fetch(url, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      // No JSON: then there is nothing to read in it, and the status is the answer.
      body = {};
    }
    return { status: response.status, body: anyObject.parse(body) };
  }
}
