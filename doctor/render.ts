import { styleText } from 'node:util';
import type { DoctorReport } from './doctor.ts';
import type { StepStatus, TakenStep } from './step.ts';

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<StepStatus, Style>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  skipped: 'dim',
};
const WIDEST_TITLE = 28;
const WIDEST_STATUS = 7;

/** One step as a line. */
export function renderStep({ status, title, summary, ms }: TakenStep, isColourful: boolean): string {
  const paint = painter(isColourful);
  const took = status === 'skipped' ? '' : ` ${paint('dim', `(${ms} ms)`)}`;
  return `${paint(STYLES[status], status.padEnd(WIDEST_STATUS))}  ${title.padEnd(WIDEST_TITLE)}  ${printable(summary)}${took}`;
}

/** What the steps come to: the causes, why they are believed, and what to do. */
export function renderVerdict(report: DoctorReport, isColourful: boolean): string {
  const paint = painter(isColourful);
  const { causes, experiments, next, notReached, more, healthy } = report;
  const tried = experiments.map(
    ({ title, better, outcome }) =>
      `${paint('cyan', 'tried')}    ${title}: ${outcome}${better ? ': that is better' : ''}`,
  );
  const lines = ['', ...(tried.length > 0 ? [...tried, ''] : [])];
  if (healthy) return [...lines, paint('green', 'Nothing is wrong that can be seen from here.')].join('\n');
  const several = causes.length > 1;
  if (several && causes.some(({ confidence }) => confidence !== 'certain'))
    lines.push('These causes remain; what was seen does not tell them apart for certain.', '');
  for (const { id, title, confidence, because, fix } of causes) {
    lines.push(
      `${paint('bold', `CAUSE: ${title}`)} (${id}, ${confidence})`,
      `  Why: ${printable(because)}`,
      ...fix.map(
        (step, index) =>
          `  ${index === 0 ? 'Fix:' : '    '} ${fix.length > 1 ? `${index + 1}. ` : ''}${step}`,
      ),
      '',
    );
  }
  if (next.length > 0) lines.push(...next.map((each) => `Next experiment: ${each}`), '');
  if (more > 0) lines.push(`${more} more would be named; mend these first.`);
  const behind =
    notReached.length === 0
      ? ''
      : ` (${notReached.join(', ')} ${notReached.length === 1 ? 'was' : 'were'} not reached)`;
  lines.push(
    `Then run the doctor again: what lies behind a cause can only be seen when it is gone${behind}.`,
    `More about a cause: conversation-bridge doctor explain ${causes[0]?.id ?? 'CAUSE'}`,
  );
  return lines.join('\n');
}

function painter(isColourful: boolean): (style: Style, text: string) => string {
  return (style, text) => (isColourful ? styleText(style, text, { validateStream: false }) : text);
}

/** What servers say must not speak to the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]+/gu, ' ');
}
