import type { Report } from './finding.ts';
import type { JsonNode, Member } from './json-tree.ts';
import { quoted } from './quoted.ts';

/** Reports each key that an object, at whatever depth, has already. */
export function checkDuplicateKeys(node: JsonNode, report: Report): void {
  if (node.kind === 'array') for (const item of node.items) checkDuplicateKeys(item, report);
  if (node.kind !== 'object') return;
  const first = new Map<string, Member>();
  for (const member of node.members) {
    const earlier = first.get(member.key);
    if (earlier === undefined) first.set(member.key, member);
    else
      report({
        code: 'subscribe-duplicate-key',
        at: member.start,
        related: earlier.start,
        message: `The key ${quoted(member.key)} is there a second time: a JSON parser keeps the last and says nothing, a strict server refuses the message`,
        fix: 'Write the key once.',
      });
    if (member.value) checkDuplicateKeys(member.value, report);
  }
}
