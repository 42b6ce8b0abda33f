import { z } from 'zod';

const text = z.union([z.string().transform((list) => list.split(' ').filter(Boolean)), z.array(z.string())]);
const claimsSchema = z.object({
  active: z.boolean().optional(),
  scope: text.optional(),
  exp: z.number().optional(),
  nbf: z.number().optional(),
  iat: z.number().optional(),
});

/** What is known of a token: by introspection (RFC 7662), or by what is written in it (RFC 7519). Times in seconds. */
export interface TokenClaims {
  readonly source: 'introspection' | 'jwt';
  readonly active: boolean | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly exp: number | undefined;
  /** The later of `nbf` and `iat`. */
  readonly validFrom: number | undefined;
}

/** Undefined when the text is no such answer. */
export function readClaims(source: TokenClaims['source'], json: string): TokenClaims | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // A gateway answers with HTML, and an opaque token has no JSON in it: then there are no claims.
    return undefined;
  }
  const parsed = claimsSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { active, scope, exp, nbf, iat } = parsed.data;
  const starts = [nbf, iat].filter((time) => time !== undefined);
  return {
    source,
    active,
    scopes: scope,
    exp,
    validFrom: starts.length === 0 ? undefined : Math.max(...starts),
  };
}

/** The claims that a JWT carries, unverified: only its issuer could. Undefined for an opaque token. */
export function claimsOfJwt(token: string): TokenClaims | undefined {
  const [, body, signature] = token.split('.');
  if (body === undefined || signature === undefined) return undefined;
  return readClaims('jwt', Buffer.from(body, 'base64url').toString('utf8'));
}
