import { randomBytes, randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../../listener/clock.ts';
import type { Access } from './access.ts';
import { ApiError } from './api-error.ts';
import { type Claims, JwtKey } from './jwt.ts';
import type { OAuthClient } from './oauth-client.ts';
import type { RateLimit } from './rate-limit.ts';
import type { ServerTime } from './server-time.ts';
import type { Switches } from './switches.ts';

export interface Token {
  readonly value: string;
  readonly client: OAuthClient;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  /** What it says, or would say if it were a JWT. */
  readonly claims: Claims;
}

/** How tokens that are issued from now on are wrong. */
export interface TokenDefects {
  /** `nbf` lies so many seconds ahead. */
  readonly notBeforeAheadSeconds?: number;
  /** They live so many seconds instead of the client's; below 0 they are born dead, and the login doesn't say so. */
  readonly lifetimeSeconds?: number;
  /** Nobody but the login knows them: a JWT has a stranger's signature. */
  readonly forged?: boolean;
}

/** Where the login host and the issuer of its tokens are said to be. */
const ISSUER = 'urn:mock:genesys-cloud';

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

export type TokenState = 'alive' | TokenEnd | 'unknown';

/** The login host: issues tokens and knows which are alive. */
export class TokenIssuer {
  readonly #clock: Clock;
  readonly #time: ServerTime;
  readonly #access: Access;
  readonly #key = new JwtKey();
  readonly #strangersKey = new JwtKey();
  readonly #ended = new Map<string, TokenEnd>();
  readonly #defects = new Set<TokenDefects>();
  /** Those that were changed. */
  readonly #secrets = new Map<string, string>();
  readonly #clients: ReadonlyMap<string, OAuthClient>;
  readonly #switches: Switches;
  readonly #limit: RateLimit;
  readonly #alive = new Map<string, { token: Token; cancel: Cancel }>();
  readonly #onEnd: (token: Token, end: TokenEnd) => void;

  /** @throws RangeError when a client's token lifetime is none that Genesys Cloud allows */
  constructor(options: {
    clock: Clock;
    time: ServerTime;
    access: Access;
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
    this.#time = options.time;
    this.#access = options.access;
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
  async grant(authorization: string | undefined, form: URLSearchParams): Promise<object> {
    const client = this.#authenticateClient(authorization, form);
    const grantType = form.get('grant_type');
    if (grantType !== 'client_credentials') {
      const error = grantType === null ? 'invalid_request' : 'unsupported_grant_type';
      throw new OAuthError(this.#switches.grantErrorStatus, error, `grant_type ${grantType ?? 'is missing'}`);
    }
    const token = await this.issue(client);
    const { lifetimeSeconds = 0 } = this.#defect();
    const lifetime = lifetimeSeconds > 0 ? lifetimeSeconds : client.tokenLifetimeSeconds;
    return {
      access_token: token.value,
      token_type: this.#switches.tokenType,
      expires_in: lifetime - this.#switches.expiresInShort,
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

  /**
   * Answers `POST /api/v2/oauth2/introspect` (RFC 7662), by the clock of the issuer: what it has stamped itself is
   * never ahead of it.
   * @throws {OAuthError} the client is unknown or its secret wrong
   */
  introspect(authorization: string | undefined, form: URLSearchParams): object {
    this.#authenticateClient(authorization, new URLSearchParams());
    const value = form.get('token');
    if (value === null) throw new OAuthError(400, 'invalid_request', 'token is missing');
    const token = this.#alive.get(value)?.token;
    return token
      ? { active: true, token_type: this.#switches.tokenType, ...token.claims }
      : { active: false };
  }

  /** Makes the tokens that are issued from now on wrong. Returns what mends them again. */
  spoil(defects: TokenDefects): () => void {
    this.#defects.add(defects);
    return () => this.#defects.delete(defects);
  }

  /** The values of all tokens that were ever issued. */
  issued(): string[] {
    return [...this.#alive.keys(), ...this.#ended.keys()];
  }

  /** From now on the client logs in with another secret. */
  changeSecret(clientId: string, secret: string): void {
    this.#secrets.set(clientId, secret);
  }

  /** What became of a token, whoever shows it. */
  stateOf(value: string): TokenState {
    return this.#alive.has(value) ? 'alive' : (this.#ended.get(value) ?? 'unknown');
  }

  /** The token itself, if its signature is the issuer's. */
  verify(jwt: string): Promise<Claims | undefined> {
    return this.#key.verify(jwt);
  }

  client(id: string): OAuthClient | undefined {
    return this.#clients.get(id);
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

  /** A new token for a client. */
  async issue(client: OAuthClient): Promise<Token> {
    const { lifetimeSeconds = client.tokenLifetimeSeconds, forged = false } = this.#defect();
    const claims = this.#claims(client, lifetimeSeconds);
    const key = forged ? this.#strangersKey : this.#key;
    const value =
      client.tokenFormat === 'jwt' ? await key.sign(claims) : randomBytes(48).toString('base64url');
    const token = { value, client, claims, expiresAt: this.#clock.now() + lifetimeSeconds * 1000 };
    if (forged) return token;
    if (lifetimeSeconds <= 0) {
      this.#ended.set(value, 'expired');
      return token;
    }
    const cancel = this.#clock.after(lifetimeSeconds * 1000, () => this.#end(token, 'expired'));
    this.#alive.set(value, { token, cancel });
    return token;
  }

  #defect(): TokenDefects {
    return Object.assign({}, ...this.#defects);
  }

  #claims(client: OAuthClient, lifetimeSeconds: number): Claims {
    const now = this.#time.seconds();
    const { notBeforeAheadSeconds = 0 } = this.#defect();
    return {
      iss: ISSUER,
      jti: randomUUID(),
      client_id: client.id,
      scope: this.#access.scopesOf(client).join(' '),
      // A token that is dead was issued before that, too.
      iat: now + Math.min(0, lifetimeSeconds - 1) + notBeforeAheadSeconds,
      nbf: now + Math.min(0, lifetimeSeconds - 1) + notBeforeAheadSeconds,
      exp: now + lifetimeSeconds,
    };
  }

  #authenticateClient(authorization: string | undefined, form: URLSearchParams): OAuthClient {
    const { id, secret } = credentials(authorization, form);
    if (id === '')
      throw new OAuthError(this.#switches.grantErrorStatus, 'invalid_request', 'client_id is missing');
    this.#limit.take(`oauth ${id}`, this.#switches.oauthPerMinute);
    const client = this.#clients.get(id);
    // Unknown id and wrong secret differ in status, as the real service does.
    if (!client) throw new OAuthError(400, 'invalid_client', 'client not found');
    if ((this.#secrets.get(id) ?? client.secret) !== secret)
      throw new OAuthError(401, 'invalid_client', 'authentication failed');
    return client;
  }

  #end(token: Token, end: TokenEnd): void {
    this.#alive.get(token.value)?.cancel();
    if (!this.#alive.delete(token.value)) return;
    this.#ended.set(token.value, end);
    this.#onEnd(token, end);
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
