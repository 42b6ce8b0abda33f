import { expressionProblem } from './expression.ts';

/** A URL whose path and query hold JMESPath expressions in braces. */
export interface UrlTemplate {
  /** Fixed text and expressions in turn: one more text than expressions. */
  readonly texts: readonly string[];
  readonly expressions: readonly string[];
}

const PLACEHOLDER = /\{([^{}]*)\}/g;
/** Scheme and host, up to where path or query begins. */
const FIXED_ORIGIN = /^https?:\/\/[^/?#{}]+([/?]|$)/i;

/**
 * Reads a template; answers with what is wrong, in one line, if it can't be used. Never repeats the text: a URL
 * can hold a key.
 */
export function parseUrlTemplate(text: string): UrlTemplate | string {
  const texts = text.split(PLACEHOLDER).filter((_, index) => index % 2 === 0);
  const expressions = [...text.matchAll(PLACEHOLDER)].map(([, expression = '']) => expression);
  const example = texts.join('x');
  if (/[{}]/.test(example)) return 'has a brace without its other half';
  if (!URL.canParse(example)) return 'is no absolute URL';
  const url = new URL(example);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    return 'must be https:// (http:// only on loopback)';
  if (url.username || url.password) return 'must hold no user name or password';
  // An event must not choose which server gets the key.
  if (!FIXED_ORIGIN.test(text)) return 'may have placeholders in path and query only';
  if (url.hash) return 'must have no fragment';
  return (
    expressions.map(expressionProblem).find((problem) => problem !== undefined) ?? { texts, expressions }
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
