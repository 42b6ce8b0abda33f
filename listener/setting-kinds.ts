import { z } from 'zod';
import { baseDomainOf, isLoopback, REGION_NAMES } from './genesys/regions.ts';

/** A server's address by this secure scheme, or by its plain one where nobody can overhear it. */
export const address = (secure: 'https' | 'wss') => {
  const plain = secure === 'https' ? 'http' : 'ws';
  return z.string().superRefine((text, context) => {
    if (!URL.canParse(text))
      return context.addIssue(`"${text}" is no URL; give one that begins with ${secure}://`);
    const url = new URL(text);
    // Not quoted: it holds a password.
    if (url.username || url.password) return context.addIssue('must hold no user name or password');
    const allowed =
      url.protocol === `${secure}:` || (url.protocol === `${plain}:` && isLoopback(url.hostname));
    if (!allowed) context.addIssue(`"${text}" must be ${secure}:// (${plain}:// only on loopback)`);
  });
};

export const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: (issue) => `"${String(issue.input)}" is not one of ${values.join(', ')}` });

export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: (issue) => `"${String(issue.input)}" is not a whole number from ${least} to ${most}`,
    })
    .transform(Number);

/** A region of Genesys Cloud, by AWS name or base domain → the base domain. */
export const region = z.string().transform((text, context) => {
  const base = baseDomainOf(text);
  if (base !== undefined) return base;
  context.addIssue(`"${text}" is no Genesys Cloud region; use one of ${REGION_NAMES.join(', ')}`);
  return z.NEVER;
});
