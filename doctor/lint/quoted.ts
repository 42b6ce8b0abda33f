const LONGEST = 60;

/**
 * What begins as a JSON Web Token does, and what a member that calls itself a token or a secret holds.
 * No part looks back or tries again, so that a long hostile line costs no more than its length.
 */
const SECRET =
  /(?<token>eyJ[\w-]+(?:\.[\w-]*){0,2})|(?<name>(?:token|secret|password)\\*["']?\s*[:=]\s*\\*["']?)(?<value>[^\s"'\\,}]+)/gi;

/** Blanks out what looks like a secret, keeping the length, so that places still fit. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET, (found: string, _token: string | undefined, name = '') => {
    return `${name}${'*'.repeat(found.length - name.length)}`;
  });
}

/** A payload must not speak to the terminal: each control or format character becomes one harmless sign. */
export function printable(text: string): string {
  return text.replace(/\t/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '\ufffd');
}

/** A piece of a payload for a message: in quotes, short, on one line, with nothing secret or harmful in it. */
export function quoted(text: string): string {
  const safe = printable(withoutSecrets(text));
  return JSON.stringify(safe.length > LONGEST ? `${safe.slice(0, LONGEST)}…` : safe);
}
