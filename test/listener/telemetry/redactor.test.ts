import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../../listener/telemetry/redactor.ts';

describe('the redactor', () => {
  it('takes a secret out wherever it stands, as often as it stands', () => {
    const redactor = new Redactor();
    redactor.add('canary-1');
    redactor.add('canary-2');
    expect(redactor.redact('a canary-1 b canary-1canary-2')).toBe('a [redacted] b [redacted][redacted]');
  });

  it('takes it out of JSON, where it may be escaped', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, unit: 'binary' }), (secret) => {
        const redactor = new Redactor();
        redactor.add(secret);
        const [told] = JSON.parse(redactor.redact(JSON.stringify([secret])));
        expect(told).not.toBe(secret);
      }),
    );
  });

  it('treats a secret as text, not as a pattern', () => {
    const redactor = new Redactor();
    redactor.add('a.c$&*+?');
    expect(redactor.redact('abc$&*+? a.c$&*+?')).toBe('abc$&*+? [redacted]');
  });

  it('leaves what is too short to be told from words', () => {
    const redactor = new Redactor();
    redactor.add('');
    redactor.add('short');
    expect(redactor.redact('short')).toBe('short');
  });

  it('remembers a bounded number, and forgets none that is still in use', () => {
    const redactor = new Redactor();
    for (let n = 0; n < 700; n++) {
      // As a login does: the same client secret, a new token.
      redactor.add('the client secret');
      redactor.add(`token number ${n}`);
      expect(redactor.redact('the client secret')).toBe('[redacted]');
    }
    expect(redactor.redact('token number 699')).toBe('[redacted]');
    expect(redactor.redact('token number 0.')).toBe('token number 0.');
  });
});
