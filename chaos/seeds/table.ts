import { z } from 'zod';
import { SHAPES } from '../listeners/shape.ts';

/** What is shown of a campaign: a part of its summary. */
export const Campaign = z.looseObject({
  verdict: z.enum(['passed', 'failed']),
  seed: z.number(),
  shape: z.enum(SHAPES),
  standby: z.boolean(),
  sent: z.number(),
  published: z.number(),
  lost: z.number(),
  missing: z.number(),
  missingUnexcused: z.number(),
  staleConversations: z.number(),
  outOfOrder: z.number(),
  swallowedRepetitions: z.number(),
  gapsOpened: z.number(),
  gapsClosed: z.number(),
  silenceMs: z.number().nullable(),
  silenceBesideStandbyMs: z.number().nullable(),
  faultsPlayed: z.record(z.string(), z.number()),
});
export type Campaign = z.infer<typeof Campaign>;

const COLUMNS: readonly (readonly [title: string, of: (campaign: Campaign) => string | number])[] = [
  ['seed', ({ seed }) => seed],
  ['shape', ({ shape }) => shape],
  ['standby', ({ standby }) => (standby ? 'yes' : '')],
  ['faults', ({ faultsPlayed }) => sum(Object.values(faultsPlayed))],
  ['sent', ({ sent }) => sent],
  ['published', ({ published }) => published],
  ['missing', ({ missing }) => missing],
  ['of these unexcused', ({ missingUnexcused }) => missingUnexcused],
  ['lost', ({ lost }) => lost],
  ['stale', ({ staleConversations }) => staleConversations],
  ['out of order', ({ outOfOrder }) => outOfOrder],
  ['swallowed', ({ swallowedRepetitions }) => swallowedRepetitions],
  ['gaps', ({ gapsOpened }) => gapsOpened],
  ['closed', ({ gapsClosed }) => gapsClosed],
  ['silence, ms', ({ silenceMs }) => silenceMs ?? ''],
  ['with a standby, ms', ({ silenceBesideStandbyMs }) => silenceBesideStandbyMs ?? ''],
  ['verdict', ({ verdict }) => verdict],
];

/** The campaigns as a table in Markdown, by seed, with a line that adds them up. */
export function markdownTable(campaigns: readonly Campaign[]): string {
  const rows = campaigns
    .toSorted((a, b) => a.seed - b.seed)
    .map((campaign) => COLUMNS.map(([, of]) => String(of(campaign))));
  return [
    COLUMNS.map(([title]) => title),
    COLUMNS.map(() => '---:'),
    ...rows,
    COLUMNS.map(([title, of]) => total(title, campaigns.map(of))),
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function total(title: string, values: readonly (string | number)[]): string {
  if (title === 'seed') return `${values.length} seeds`;
  if (title === 'shape') return [...new Set(values)].join(', ');
  if (title === 'standby') return String(values.filter((value) => value === 'yes').length);
  if (title === 'verdict') return `${values.filter((value) => value === 'passed').length} passed`;
  const numbers = values.filter((value) => typeof value === 'number');
  if (title.endsWith(', ms')) return numbers.length === 0 ? '' : String(Math.max(...numbers));
  return String(sum(numbers));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
