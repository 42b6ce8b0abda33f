const REPLACEMENT = '[redacted]';
/** Shorter values are too likely to be part of ordinary words. */
const SHORTEST_SECRET = 6;
/** Tokens are renewed for ever; the oldest have long expired. */
const MOST_SECRETS = 512;

/**
 * Knows the secrets in use and takes them out of any text. The last line of defence: nothing is meant to
 * log a secret, and what slips into an error's message all the same doesn't get out.
 */
export class Redactor {
  readonly #secrets = new Set<string>();

  /** From now on `secret` is taken out, also in its JSON-escaped form. */
  add(secret: string): void {
    if (secret.length < SHORTEST_SECRET) return;
    for (const form of [secret, JSON.stringify(secret).slice(1, -1)]) {
      // Moved to the end: a secret in use is added again and again, and must not be the oldest for that.
      this.#secrets.delete(form);
      this.#secrets.add(form);
    }
    for (const oldest of this.#secrets) {
      if (this.#secrets.size <= MOST_SECRETS) break;
      this.#secrets.delete(oldest);
    }
  }

  redact(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, REPLACEMENT);
    return clean;
  }
}
