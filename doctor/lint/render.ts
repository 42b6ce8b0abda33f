import { styleText } from 'node:util';
import type { Finding, LintReport } from './finding.ts';
import { Payload } from './payload.ts';
import { printable, withoutSecrets } from './quoted.ts';

/** Characters of a line that are shown on either side of a finding. */
const BEFORE = 70;
const AFTER = 50;

export interface RenderOptions {
  /** How the payload is called. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly isColourful: boolean;
}

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

/** A report for people: each finding with its line, a caret under the place, and the fix. */
export function renderReport(report: LintReport, { file, bytes, isColourful }: RenderOptions): string {
  const paint: Paint = (style, text) =>
    isColourful ? styleText(style, text, { validateStream: false }) : text;
  const { findings, omitted, corrected, assumptions } = report;
  if (corrected === undefined) return `${file}: ${paint('green', 'nothing found')}\n`;
  const lines = new Payload(bytes).text.split(/\r\n|\n|\r/);
  const blocks = findings.map((finding) => renderFinding(finding, { file, lines, paint }));
  const total = findings.length + omitted;
  const more = omitted > 0 ? `, of which the first ${findings.length} are shown` : '';
  const closing = [
    `${total} ${total === 1 ? 'finding' : 'findings'}${more}. What to send instead:`,
    '',
    `  ${paint('green', printable(corrected))}`,
    ...(assumptions.length > 0 ? ['', ...assumptions.map((assumption) => `  ${assumption}`)] : []),
  ];
  return `${[...blocks, closing.join('\n')].join('\n\n')}\n`;
}

interface Surroundings {
  readonly file: string;
  readonly lines: readonly string[];
  readonly paint: Paint;
}

function renderFinding(finding: Finding, { file, lines, paint }: Surroundings): string {
  const { code, severity, line, column, message, related, fix } = finding;
  const colour: Style = severity === 'error' ? 'red' : 'yellow';
  const also = related ? ` (see ${related.line}:${related.column})` : '';
  return [
    `${paint('bold', `${file}:${line}:${column}`)} ${paint(colour, severity)} ${message}${also} ${paint('dim', `[${code}]`)}`,
    ...excerpt(lines[line - 1] ?? '', column, paint, colour),
    `  ${paint('cyan', 'fix:')} ${fix}`,
  ].join('\n');
}

function excerpt(line: string, column: number, paint: Paint, colour: Style): string[] {
  const characters = [...printable(withoutSecrets(line))];
  if (characters.length === 0) return [];
  const isShort = characters.length <= BEFORE + AFTER;
  const start = isShort ? 0 : Math.max(0, column - 1 - BEFORE);
  const end = isShort ? characters.length : Math.min(characters.length, column - 1 + AFTER);
  const lead = start > 0 ? '…' : '';
  const shown = `${lead}${characters.slice(start, end).join('')}${end < characters.length ? '…' : ''}`;
  const indent = ' '.repeat(lead.length + column - 1 - start);
  return [`  ${shown}`, `  ${indent}${paint(colour, '^')}`];
}
