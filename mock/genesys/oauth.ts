import { randomBytes } from 'node:crypto';
import type { Cancel, Clock } from '../../listener/clock.ts';
import { ApiError } from './api-error.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Switches } from './switches.ts';

/** A client that may ask for tokens by client credentials. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
  /** Permission names such as `conversation:communication:view`. */
  readonly permissions: 'all' | readonly string[];
  /** Genesys Cloud allows 300 (5 minutes) to 172,800 (48 hours); 86,400 is its default. */
  readonly tokenLifetimeSeconds: number;
}

export interface Token {
  readonly value: string;
  readonly client: OAuthClient;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** An error of the login host: another shape than the API's. */
export class OAuthError extends Error {
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.status = status;
    this.error = error;
  }

  body(): object {
    return { error: this.error, description: this.message, error_description: this.message };
  }
}

export type TokenEnd = 'expired' | 'revoked';

/** The login host: issues tokens and knows which are alive. */
export class TokenIssuer {
  readonly #clock: Clock;
  readonly #clients: ReadonlyMap<string, OAuthClient>;
  readonly #switches: Switches;
  readonly #limit: RateLimit;
  readonly #alive = new Map<string, { token: Token; cancel: Cancel }>();
  readonly #onEnd: (token: Token, end: TokenEnd) => void;

  /** @throws RangeError when a client's token lifetime is none that Genesys Cloud allows */
  constructor(options: {
    clock: Clock;
    clients: readonly OAuthClient[];
    switches: Switches;
    limit: RateLimit;
    /** Called when a token has died. */
    onEnd: (token: Token, end: TokenEnd) => void;
  }) {
    for (const { id, tokenLifetimeSeconds } of options.clients) {
      if (tokenLifetimeSeconds < 300 || tokenLifetimeSeconds > 172_800) {
        throw new RangeError(
          `Client ${id}: a token lives 300 to 172800 seconds, not ${tokenLifetimeSeconds}`,
        );
      }
    }
    this.#clock = options.clock;
    this.#clients = new Map(options.clients.map((client) => [client.id, client]));
    this.#switches = options.switches;
    this.#limit = options.limit;
    this.#onEnd = options.onEnd;
  }

  /**
   * Answers `POST /oauth/token`.
   * @param authorization the header, if there is one
   * @throws {OAuthError | ApiError}
   */
  grant(authorization: string | undefined, form: URLSearchParams): object {
    const { id, secret } = credentials(authorization, form);
    if (id === '')
      throw new OAuthError(this.#switches.grantErrorStatus, 'invalid_request', 'client_id is missing');
    this.#limit.take(`oauth ${id}`, this.#switches.oauthPerMinute);
    const client = this.#clients.get(id);
    // Unknown id and wrong secret differ in status, as the real service does.
    if (!client) throw new OAuthError(400, 'invalid_client', 'client not found');
    if (client.secret !== secret) throw new OAuthError(401, 'invalid_client', 'authentication failed');
    const grantType = form.get('grant_type');
    if (grantType !== 'client_credentials') {
      const error = grantType === null ? 'invalid_request' : 'unsupported_grant_type';
      throw new OAuthError(this.#switches.grantErrorStatus, error, `grant_type ${grantType ?? 'is missing'}`);
    }
    const token = this.#issue(client);
    return {
      access_token: token.value,
      token_type: this.#switches.tokenType,
      expires_in: client.tokenLifetimeSeconds - this.#switches.expiresInShort,
      ...(this.#switches.refreshTokenField === 'null' ? { refresh_token: null } : {}),
    };
  }

  /**
   * The token of an `Authorization: Bearer …` header.
   * @throws {ApiError} 401
   */
  authenticate(authorization: string | undefined): Token {
    const value = /^bearer (.+)$/i.exec(authorization ?? '')?.[1];
    if (value === undefined) {
      throw new ApiError(
        401,
        'authentication.required',
        'No authentication bearer token specified in authorization header.',
      );
    }
    const token = this.#alive.get(value)?.token;
    if (!token) throw new ApiError(401, 'bad.credentials', 'Invalid login credentials.');
    return token;
  }

  isAlive(token: Token): boolean {
    return this.#alive.has(token.value);
  }

  /** Ends the tokens of a client, or all. Returns how many. */
  end(end: TokenEnd, clientId?: string): number {
    const tokens = [...this.#alive.values()]
      .map(({ token }) => token)
      .filter((token) => clientId === undefined || token.client.id === clientId);
    for (const token of tokens) this.#end(token, end);
    return tokens.length;
  }

  close(): void {
    for (const { cancel } of this.#alive.values()) cancel();
  }

  #issue(client: OAuthClient): Token {
    const lifetimeMs = client.tokenLifetimeSeconds * 1000;
    const token = {
      value: randomBytes(48).toString('base64url'),
      client,
      expiresAt: this.#clock.now() + lifetimeMs,
    };
    const cancel = this.#clock.after(lifetimeMs, () => this.#end(token, 'expired'));
    this.#alive.set(token.value, { token, cancel });
    return token;
  }

  #end(token: Token, end: TokenEnd): void {
    this.#alive.get(token.value)?.cancel();
    if (this.#alive.delete(token.value)) this.#onEnd(token, end);
  }
}

function credentials(
  authorization: string | undefined,
  form: URLSearchParams,
): { id: string; secret: string } {
  const basic = /^basic (.+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined)
    return { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' };
  const [id = '', ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return { id, secret: secret.join(':') };
}
