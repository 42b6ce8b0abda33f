import type { JsonNode, StringNode } from './json-tree.ts';
import { quoted } from './quoted.ts';

/** Whether it is a text that says something. */
export function isText(node: JsonNode): node is StringNode {
  return node.kind === 'string' && node.value !== '';
}

/** A value as a sentence names it. */
export function inWords(node: JsonNode): string {
  switch (node.kind) {
    case 'string':
      return node.value === '' ? 'an empty text' : quoted(node.value);
    case 'null':
      return 'null';
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    default:
      return `a ${node.kind}`;
  }
}
