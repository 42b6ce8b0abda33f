import { type CryptoKey, compactVerify, errors, generateKeyPair, SignJWT } from 'jose';
import { z } from 'zod';

const ALGORITHM = 'EdDSA';

/** What an access token in the form of a JWT says (RFC 9068 and RFC 7519). Times in seconds since the Unix epoch. */
const Claims = z.object({
  iss: z.string(),
  jti: z.string(),
  client_id: z.string(),
  scope: z.string(),
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
});
export type Claims = z.infer<typeof Claims>;

interface KeyPair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

/** Signs and verifies with a key of its own, made when it is first needed. */
export class JwtKey {
  #pair: Promise<KeyPair> | undefined;

  async sign(claims: Claims): Promise<string> {
    const { privateKey } = await this.#keys();
    return new SignJWT({ ...claims }).setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt' }).sign(privateKey);
  }

  /** The claims if the signature is this key's. Times are left to the caller, who has to name all that is wrong. */
  async verify(jwt: string): Promise<Claims | undefined> {
    const { publicKey } = await this.#keys();
    try {
      const { payload } = await compactVerify(jwt, publicKey, { algorithms: [ALGORITHM] });
      const claims = Claims.safeParse(JSON.parse(new TextDecoder().decode(payload)));
      return claims.success ? claims.data : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  #keys(): Promise<KeyPair> {
    this.#pair ??= generateKeyPair(ALGORITHM);
    return this.#pair;
  }
}
