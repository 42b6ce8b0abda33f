import { FINDING_KINDS, type Finding, type Remark } from './finding.ts';
import type { Payload } from './payload.ts';

/** A payload of nothing but faults would give a report many times its size. */
const MOST_FINDINGS = 100;

/** Collects remarks and makes them findings with places in the payload. */
export class Findings {
  readonly #remarks: Remark[] = [];

  /** @param remark with indexes into the decoded payload */
  add(remark: Remark): void {
    this.#remarks.push(remark);
  }

  list(payload: Payload): { readonly findings: Finding[]; readonly omitted: number } {
    const ordered = [...this.#remarks].sort((a, b) => a.at - b.at);
    const findings = ordered.slice(0, MOST_FINDINGS).map((remark) => finding(remark, payload));
    return { findings, omitted: ordered.length - findings.length };
  }
}

function finding({ code, at, message, fix, related }: Remark, payload: Payload): Finding {
  return {
    code,
    ...FINDING_KINDS[code],
    message,
    ...payload.position(at),
    ...(related === undefined ? {} : { related: payload.position(related) }),
    fix,
  };
}
