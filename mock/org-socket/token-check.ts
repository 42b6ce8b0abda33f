import type { Access } from '../genesys/access.ts';
import type { Claims } from '../genesys/jwt.ts';
import type { TokenIssuer } from '../genesys/oauth.ts';
import { WEBSOCKET_SCOPE } from '../genesys/oauth-client.ts';
import type { ServerTime } from '../genesys/server-time.ts';
import type { ClientFault } from './fault.ts';

/** Seconds that a token must have left when it is shown. */
const LEAST_SECONDS_LEFT = 600;

export interface TokenSurroundings {
  readonly tokens: TokenIssuer;
  readonly access: Access;
  readonly time: ServerTime;
}

/** What a token is worth, and what is wrong with it. */
export interface TokenCheck {
  /** Its `jti`, if it is one at all. */
  readonly tokenId: string | undefined;
  readonly scopes: readonly string[];
  readonly faults: readonly ClientFault[];
}

/**
 * Checks an access token as it is shown at the handshake.
 * @param origin the `Origin` header of the upgrade
 */
export async function checkToken(
  token: string,
  origin: string | undefined,
  { tokens, access, time }: TokenSurroundings,
): Promise<TokenCheck> {
  const claims = await tokens.verify(token);
  const client = claims && tokens.client(claims.client_id);
  if (!claims || !client) {
    const fault: ClientFault = {
      code: 'token.invalid',
      message: 'The token is no JWT with a valid signature',
    };
    return { tokenId: undefined, scopes: [], faults: [fault] };
  }
  const scopes = claims.scope.split(' ');
  const faults = timeFaults(claims, time.seconds());
  if (tokens.stateOf(token) === 'revoked')
    faults.unshift({ code: 'token.revoked', message: 'The token was revoked' });
  if (!scopes.includes(WEBSOCKET_SCOPE)) {
    faults.push({ code: 'token.scope.missing', message: `The token has no scope ${WEBSOCKET_SCOPE}` });
  }
  if (!access.originsOf(client).some((registered) => registered.toLowerCase() === origin?.toLowerCase())) {
    const message =
      origin === undefined ? 'There is no Origin header' : `The Origin ${origin} is not registered`;
    faults.push({ code: 'origin.not.registered', message: `${message} for the OAuth client` });
  }
  return { tokenId: claims.jti, scopes, faults };
}

function timeFaults({ exp, nbf, iat }: Claims, now: number): ClientFault[] {
  const faults: ClientFault[] = [];
  const left = exp - now;
  const ahead = Math.max(nbf, iat) - now;
  if (left <= 0) {
    faults.push({ code: 'token.expired', message: `The token expired ${-left} seconds ago` });
  } else if (left < LEAST_SECONDS_LEFT) {
    const message = `The token has ${left} seconds left; ${LEAST_SECONDS_LEFT} are needed`;
    faults.push({ code: 'token.too.short', message });
  }
  if (ahead > 0) {
    const message = `The token is valid only in ${ahead} seconds, by the clock of this server`;
    faults.push({ code: 'token.not.yet.valid', message });
  }
  return faults;
}
