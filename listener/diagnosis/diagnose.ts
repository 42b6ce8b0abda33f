import type { Dialect } from '../contract/vocabulary.ts';
import { type CauseId, causeOf } from './causes.ts';
import { type Evidence, type EvidenceKind, type EvidenceOf, Findings } from './evidence.ts';
import { CONFIDENCES, type Confidence, type Judgement } from './judgement.ts';
import { ENDING_RULES, judgeSilence } from './rules/ending.ts';
import { SIGHT_RULES } from './sight-rules.ts';

/** More than three names are no diagnosis. */
const MOST_CAUSES = 3;

/** A cause as it is reported. */
export interface NamedCause {
  readonly id: CauseId;
  readonly title: string;
  readonly confidence: Confidence;
  readonly because: string;
  readonly fix: readonly string[];
}

export interface Diagnosis {
  /** The surest first; none when nothing is wrong. */
  readonly causes: readonly NamedCause[];
  /** How many more there would be; they are seen when the first are mended. */
  readonly more: number;
  /** What to try where causes can't be told apart. */
  readonly next: readonly string[];
}

/** Evidence → causes. Pure and total: the same evidence gives the same answer, and nothing throws. */
export function diagnose(dialect: Dialect, evidence: readonly Evidence[]): Diagnosis {
  const findings = new Findings(dialect, evidence);
  const seen = evidence.flatMap((each) => bySight(each, findings));
  const explained = seen.some(({ endsConnections }) => endsConnections === true);
  const judgements = decided(explained ? seen : [...seen, ...byEnding(findings)]);
  const causes = merged(judgements);
  return {
    causes: causes.slice(0, MOST_CAUSES),
    more: Math.max(0, causes.length - MOST_CAUSES),
    next: [
      ...new Set(
        judgements.flatMap(({ cause, next }) =>
          next !== undefined && causes.some(({ id }) => id === cause) ? [next] : [],
        ),
      ),
    ],
  };
}

function bySight<Kind extends EvidenceKind>(
  evidence: EvidenceOf<Kind> & { readonly kind: Kind },
  findings: Findings,
): readonly Judgement[] {
  return SIGHT_RULES[evidence.kind](evidence, findings);
}

/** The last end counts: after an experiment it is that of the connection with the fewest faults. */
function byEnding(findings: Findings): readonly Judgement[] {
  const last = findings.all.findLast(({ kind }) => kind === 'socket-ended' || kind === 'silence');
  if (last?.kind === 'silence') return judgeSilence(last);
  if (last?.kind !== 'socket-ended') return [];
  for (const rule of ENDING_RULES) {
    const judgements = rule(last, findings);
    if (judgements.length > 0) return judgements;
  }
  return [];
}

/** To each question one answer: where something is certain, what is less so is ruled out. */
function decided(judgements: readonly Judgement[]): readonly Judgement[] {
  const answered = new Set(
    judgements.filter(({ confidence }) => confidence === 'certain').map(({ question }) => question),
  );
  return judgements.filter(({ confidence, question }) => confidence === 'certain' || !answered.has(question));
}

function merged(judgements: readonly Judgement[]): NamedCause[] {
  const byCause = new Map<CauseId, { confidence: Confidence; reasons: string[] }>();
  for (const { cause, confidence, because } of judgements) {
    const known = byCause.get(cause);
    if (known === undefined) byCause.set(cause, { confidence, reasons: [because] });
    else {
      if (rank(confidence) < rank(known.confidence)) known.confidence = confidence;
      if (!known.reasons.includes(because)) known.reasons.push(because);
    }
  }
  return [...byCause]
    .map(([id, { confidence, reasons }]) => ({
      id,
      title: causeOf(id).title,
      confidence,
      because: brief(reasons),
      fix: causeOf(id).fix,
    }))
    .sort((a, b) => rank(a.confidence) - rank(b.confidence));
}

const rank = (confidence: Confidence) => CONFIDENCES.indexOf(confidence);

/** A thousand topics may be refused for one reason. */
function brief(reasons: readonly string[]): string {
  const [first = '', second, ...others] = reasons;
  const also = second === undefined ? '' : ` ${second}`;
  return `${first}${also}${others.length > 0 ? ` And ${others.length} more like it.` : ''}`;
}
