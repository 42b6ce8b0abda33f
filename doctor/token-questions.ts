import type { Evidence } from '../listener/diagnosis/evidence.ts';
import type { AccessToken } from '../listener/genesys/oauth.ts';
import type { Examination } from './examination.ts';
import { claimsOfJwt, readClaims, type TokenClaims } from './token-claims.ts';

const INTROSPECTION = '/api/v2/oauth2/introspect';
const DESCRIPTION = '/api/v2/tokens/me';

/** What could be learned of a token, and by which question. */
export interface TokenAnswer {
  readonly asked: string;
  readonly claims: TokenClaims | undefined;
  /** The server says that the token is none. */
  readonly isRefused: boolean;
  readonly evidence: readonly Evidence[];
}

/**
 * Asks the server about a token: by introspection where the dialect has it, else by the call that describes the
 * token it is made with. What is written in a JWT is read in any case.
 */
export async function askAboutToken(
  examination: Examination,
  token: AccessToken,
  moment: 'before' | 'after',
): Promise<TokenAnswer> {
  const isOrgSocket = examination.need('config').dialect.name === 'org-socket';
  const written = claimsOfJwt(token.value);
  const answer = isOrgSocket ? await introspect(examination, token) : await describe(examination, token);
  const evidence: Evidence[] = [];
  if (answer.failure) evidence.push(answer.failure);
  // The server's word on times counts more, but what it calls inactive it gives no times for.
  const timed = answer.claims?.exp === undefined ? written : answer.claims;
  if (answer.active !== undefined || timed !== undefined)
    evidence.push({
      kind: 'token',
      source: timed?.source ?? 'introspection',
      moment,
      active: answer.active,
      secondsLeft: timed?.exp === undefined ? undefined : timed.exp - examination.serverSeconds,
      aheadSeconds: timed?.validFrom === undefined ? undefined : timed.validFrom - examination.serverSeconds,
    });
  const claims = timed && { ...timed, scopes: answer.claims?.scopes ?? timed.scopes };
  return { asked: answer.asked, claims, isRefused: answer.active === false, evidence };
}

interface ServerAnswer {
  readonly asked: string;
  readonly active: boolean | undefined;
  readonly claims?: TokenClaims | undefined;
  readonly failure?: Evidence;
}

async function introspect(examination: Examination, token: AccessToken): Promise<ServerAnswer> {
  const { clientId, clientSecret } = examination.need('credentials');
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  examination.options.redactor.add(basic);
  const outcome = await examination.call('introspection', () =>
    examination.need('clients').http.send({
      method: 'POST',
      url: `${examination.need('config').hosts.apiUrl}${INTROSPECTION}`,
      route: INTROSPECTION,
      headers: {
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: new URLSearchParams({ token: token.value }).toString(),
    }),
  );
  const asked = `POST ${INTROSPECTION}`;
  if (!outcome.ok)
    return { asked: `${asked} ${outcome.summary}`, active: undefined, failure: outcome.evidence };
  const claims = readClaims('introspection', outcome.value.text);
  return { asked, active: claims?.active, claims };
}

async function describe(examination: Examination, token: AccessToken): Promise<ServerAnswer> {
  const outcome = await examination.call('token-description', () =>
    examination.need('clients').http.send({
      method: 'GET',
      url: `${examination.need('config').hosts.apiUrl}${DESCRIPTION}`,
      route: DESCRIPTION,
      headers: { authorization: `Bearer ${token.value}`, accept: 'application/json' },
    }),
  );
  const asked = `GET ${DESCRIPTION}`;
  if (outcome.ok) return { asked, active: true };
  const { evidence, summary } = outcome;
  const isRefused = evidence.kind === 'refused-call' && evidence.status === 401;
  return { asked: `${asked} ${summary}`, active: isRefused ? false : undefined, failure: evidence };
}
