import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { BridgeError } from '../errors.ts';
import type { Redactor } from '../telemetry/redactor.ts';
import type { Credentials, CredentialsSource } from './credentials.ts';
import { type HttpClient, HttpError } from './http.ts';
import type { GenesysHosts } from './regions.ts';

/** A token of the client credentials grant, and how long it lasts. */
export interface AccessToken {
  readonly value: string;
  /** When it was asked for, on the clock's monotonic scale, in milliseconds. */
  readonly obtainedAtMs: number;
  /** Milliseconds it lives from then on. */
  readonly lifetimeMs: number;
}

/** Milliseconds that a token still lives; 0 or less when it is dead. */
export function lifeLeftMs(token: AccessToken, clock: Clock): number {
  return token.obtainedAtMs + token.lifetimeMs - clock.monotonic();
}

/** The login said no for good: not a matter of trying again with the same credentials. */
export class LoginError extends BridgeError {
  readonly code: 'UnknownClient' | 'WrongSecret' | 'LoginRefused' | 'MalformedToken';
  readonly canRetry = false;

  constructor(code: LoginError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Tokens are renewed when this share of their lifetime has gone; clients may have 5-minute tokens. */
const RENEWAL_FRACTION = 0.8;

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/** Logs in and keeps the token until it is due for renewal. */
export class TokenSource {
  readonly #options: {
    readonly hosts: GenesysHosts;
    readonly credentials: CredentialsSource;
    readonly http: HttpClient;
    readonly clock: Clock;
    readonly redactor: Redactor;
  };
  #token: AccessToken | undefined;
  #pending: { readonly token: Promise<AccessToken>; readonly signal: AbortSignal | undefined } | undefined;
  #used: Credentials | undefined;

  constructor(options: {
    hosts: GenesysHosts;
    credentials: CredentialsSource;
    http: HttpClient;
    clock: Clock;
    redactor: Redactor;
  }) {
    this.#options = options;
  }

  /**
   * A token with at least a fifth of its life left. Callers at the same time share one login.
   * @param signal ends the login that this call begins; who shared it begins another one
   * @param leastLifeMs what the token should have left, in milliseconds; a new one may have less, if the
   *   client's tokens are that short
   * @throws {LoginError} the login refused the client
   * @throws {CredentialsError} the credentials could not be read
   * @throws {HttpError} the login did not answer
   */
  async token(signal?: AbortSignal, leastLifeMs = 0): Promise<AccessToken> {
    if (this.#token && this.#isGoodFor(this.#token, leastLifeMs)) return this.#token;
    return this.#shared(signal);
  }

  /** Callers at the same time share one login. */
  async #shared(signal: AbortSignal | undefined): Promise<AccessToken> {
    const shared = this.#pending;
    if (shared === undefined || shared.signal?.aborted) return this.#begin(signal);
    try {
      return await shared.token;
    } catch (error) {
      if (!shared.signal?.aborted) throw error;
      signal?.throwIfAborted();
      return this.#shared(signal);
    }
  }

  #begin(signal: AbortSignal | undefined): Promise<AccessToken> {
    const token = this.#login(signal).finally(() => {
      if (this.#pending?.token === token) this.#pending = undefined;
    });
    this.#pending = { token, signal };
    return token;
  }

  /**
   * A new token in place of one that is still good, which stays in use until the new one is there.
   * @throws as `token` does
   */
  async renew(old: AccessToken, signal?: AbortSignal, leastLifeMs = 0): Promise<AccessToken> {
    if (this.#token !== old) return this.token(signal, leastLifeMs);
    return this.#shared(signal);
  }

  /** Milliseconds until the token should be renewed; 0 when it is due. */
  renewalInMs(token: AccessToken): number {
    const due = token.obtainedAtMs + token.lifetimeMs * RENEWAL_FRACTION;
    return Math.max(0, due - this.#options.clock.monotonic());
  }

  /** Says that a token was refused, so that the next call logs in again with freshly read credentials. */
  invalidate(token: AccessToken): void {
    if (this.#token === token) this.#token = undefined;
  }

  /**
   * Whether logging in would use other credentials than the last time.
   * @throws {CredentialsError} they could not be read
   */
  async credentialsChanged(): Promise<boolean> {
    const present = await this.#options.credentials.read();
    return present.clientId !== this.#used?.clientId || present.clientSecret !== this.#used.clientSecret;
  }

  #isGoodFor(token: AccessToken, leastLifeMs: number): boolean {
    return this.renewalInMs(token) > 0 && lifeLeftMs(token, this.#options.clock) >= leastLifeMs;
  }

  async #login(signal: AbortSignal | undefined): Promise<AccessToken> {
    const { credentials, http, hosts, clock, redactor } = this.#options;
    const client = await credentials.read();
    this.#used = client;
    redactor.add(client.clientSecret);
    const obtainedAtMs = clock.monotonic();
    const basic = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64');
    redactor.add(basic);
    const answer = await http
      .send(
        {
          method: 'POST',
          url: `${hosts.loginUrl}/oauth/token`,
          route: '/oauth/token',
          headers: {
            authorization: `Basic ${basic}`,
            'content-type': 'application/x-www-form-urlencoded',
            accept: 'application/json',
          },
          body: 'grant_type=client_credentials',
        },
        signal,
      )
      .catch((error: unknown) => {
        throw loginError(error, client, credentials.description);
      });
    const token = readToken(answer.text);
    redactor.add(token.access_token);
    this.#token = { value: token.access_token, obtainedAtMs, lifetimeMs: token.expires_in * 1000 };
    return this.#token;
  }
}

/** An unknown client is answered 400, a wrong secret 401: they ask for different fixes. */
function loginError(error: unknown, client: Credentials, where: string): unknown {
  if (!(error instanceof HttpError)) return error;
  if (error.status === 401)
    return new LoginError(
      'WrongSecret',
      `Genesys Cloud refused the client secret of ${client.clientId} (from ${where})`,
      error,
    );
  if (error.status === 400 && error.code === 'invalid_client')
    return new LoginError(
      'UnknownClient',
      `Genesys Cloud knows no OAuth client ${client.clientId} (from ${where}) in this region`,
      error,
    );
  if (error.status !== undefined && !error.canRetry)
    return new LoginError(
      'LoginRefused',
      `Genesys Cloud refused the login of ${client.clientId} (from ${where})`,
      error,
    );
  return error;
}

function readToken(text: string): z.infer<typeof tokenSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const parsed = tokenSchema.safeParse(json);
  // Neither the body nor the parser's message goes into the error: a token may be in there.
  if (!parsed.success) throw new LoginError('MalformedToken', 'the login answered 200 with no usable token');
  return parsed.data;
}
