import type { Dialect } from '../../listener/contract/vocabulary.ts';
import type { NamedCause } from '../../listener/diagnosis/diagnose.ts';
import { FAULTS } from '../../mock/faults/play.ts';
import type { Moment } from '../../mock/genesys/moments.ts';

/** A fault in a dialect at a moment. */
export interface Case {
  readonly fault: string;
  readonly dialect: Dialect;
  readonly moment: Moment;
  readonly expected: readonly string[];
  readonly plays: string;
}

const DIALECTS = ['channels', 'org-socket'] as const;

/** Every fault in every dialect at every moment; `isFirst` for those at their usual one. */
export const CASES: readonly (Case & { readonly isFirst: boolean })[] = DIALECTS.flatMap((dialect) =>
  FAULTS.filter(({ dialects }) => dialects.includes(dialect)).flatMap(
    ({ id, moments, expectedCauses, plays }) =>
      moments.map((moment, index) => ({
        fault: id,
        dialect,
        moment,
        expected: expectedCauses,
        plays,
        isFirst: index === 0,
      })),
  ),
);

/** Seen with a proxy that passes requests on without the headers of an upgrade. */
const PLAIN_REQUEST =
  'a proxy that loses the Upgrade header makes a plain request of it, and the answer to that is a 404, too';

/**
 * Where more than the true cause is named, and why that is all that can be known from outside. What is not here
 * has to be named alone.
 */
export const NOT_ALONE: Readonly<Record<string, string>> = {
  'channels upgrade-404': PLAIN_REQUEST,
  'org-socket upgrade-404': PLAIN_REQUEST,
  'org-socket wrong-org-id': PLAIN_REQUEST,
  'channels token-invalid': 'an opaque token tells nothing of itself, and a 401 has many reasons',
  'channels token-expired': 'an opaque token tells nothing of itself, and a 401 has many reasons',
  'channels channel-evicted':
    'over the socket both are a 404; a young channel and a short list settle neither',
  'channels channel-expired':
    'over the socket both are a 404; a young channel and a short list settle neither',
  'org-socket token-invalid': 'introspection says of both that they are not active',
  'org-socket origin-not-registered': 'nothing tells which origins are registered, and the cut says nothing',
  'org-socket connection-reset':
    'a cut right after the confirmation is what an unregistered Origin leads to, too',
  'org-socket connection-cut':
    'a cut right after the confirmation is what an unregistered Origin leads to, too',
};

export interface Row extends Case {
  readonly causes: readonly NamedCause[];
}

/** The table as a page of Markdown. */
export function tablePage(rows: readonly Row[]): string {
  const lines = rows.map(({ dialect, fault, plays, causes }) => {
    const named = causes.map(({ id, confidence }) => `\`${id}\` (${confidence})`).join(', ');
    return `| \`${fault}\` | ${plays.replaceAll('|', '\\|')} | ${named} | ${NOT_ALONE[`${dialect} ${fault}`] ?? ''} |`;
  });
  const section = (dialect: Dialect) => [
    `## ${dialect}`,
    '',
    '| fault | what is played | what the doctor names | why not one alone |',
    '|---|---|---|---|',
    ...lines.filter((_, index) => rows[index]?.dialect === dialect),
    '',
  ];
  return [
    '# Faults by diagnosis',
    '',
    'Each fault of the mock (`conversation-bridge mock --list-faults`) at its usual moment, and what',
    '`conversation-bridge doctor --against-mock FAULT` names for it. The table is made by a test that plays them all. On a',
    'healthy mock, in both dialects, nothing is named. What the causes are: [why-1006.md](why-1006.md).',
    '',
    ...DIALECTS.flatMap(section),
  ].join('\n');
}
