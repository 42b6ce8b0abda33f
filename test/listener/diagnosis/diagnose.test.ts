import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIALECTS, type Dialect } from '../../../listener/contract/vocabulary.ts';
import { diagnose } from '../../../listener/diagnosis/diagnose.ts';
import type { Evidence } from '../../../listener/diagnosis/evidence.ts';
import { ENDED, refused, SEEN } from './evidence-tables.ts';

const named = (evidence: readonly Evidence[], dialect: Dialect = 'channels') =>
  diagnose(dialect, evidence).causes.map(({ id, confidence }) => `${id} ${confidence}`);

describe('what was seen', () => {
  it.each(SEEN)('$what', ({ evidence, causes, dialect }) => {
    expect(named(evidence, dialect)).toEqual(causes);
  });
});

describe('a connection that ended', () => {
  it.each(ENDED)('$what', ({ evidence, causes, dialect }) => {
    expect(named(evidence, dialect)).toEqual(causes);
  });
});

describe('a diagnosis', () => {
  const all = [...SEEN, ...ENDED].flatMap(({ evidence }) => evidence);

  it('names three causes at most, and says how many more there are', () => {
    const evidence = [
      refused('login', 401),
      refused('login', 429),
      refused('topics', 503),
      refused('topics', 404),
    ];
    const { causes, more } = diagnose('channels', evidence);
    expect(causes.map(({ id }) => id)).toEqual(['secret-wrong', 'rate-limited', 'server-error']);
    expect(more).toBe(1);
  });

  it('says once what holds for a thousand topics', () => {
    const evidence = Array.from(
      { length: 1000 },
      (_, index): Evidence => ({ kind: 'permission-missing', what: `t${index}`, permissions: ['p'] }),
    );
    expect(diagnose('channels', evidence).causes[0]?.because).toBe(
      't0 needs p. t1 needs p. And 998 more like it.',
    );
  });

  it('names an experiment wherever more than one cause is left', () => {
    for (const { what, evidence, causes, dialect } of [...SEEN, ...ENDED]) {
      const unsure = causes.filter((cause) => !cause.endsWith(' certain'));
      if (unsure.length > 1 && !/Lambda|private/.test(what))
        expect(diagnose(dialect, evidence).next, what).not.toEqual([]);
    }
  });

  it('throws for nothing, and always gives a reason and a fix', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DIALECTS), fc.subarray(all, { minLength: 1 }), (dialect, evidence) => {
        const { causes } = diagnose(dialect, evidence);
        expect(causes.length).toBeLessThanOrEqual(3);
        for (const { because, fix } of causes) {
          expect(because).not.toBe('');
          expect(fix.length).toBeGreaterThan(0);
        }
        if (evidence.some(({ kind }) => kind === 'socket-ended')) expect(causes.length).toBeGreaterThan(0);
      }),
    );
  });
});
