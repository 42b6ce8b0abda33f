import { describe, expect, it } from 'vitest';
import { FAILURES } from '../../../lambda/call-api/failure.ts';
import { outcomeOf, retryAfterMs } from '../../../lambda/call-api/outcome.ts';

const NOW = Date.parse('2026-01-05T09:00:00.000Z');

describe('what the API’s answer means', () => {
  it.each([200, 201, 202, 204, 299])('%d: done', (status) => {
    expect(outcomeOf(status, 'retry')).toBe('done');
  });

  it.each([408, 425, 429, 500, 502, 503, 504, 599])('%d: later', (status) => {
    const outcome = outcomeOf(status, 'retry');
    expect(outcome).toBe('ApiUnavailable');
    expect(FAILURES.ApiUnavailable[0]).toBe('transient');
  });

  it.each([301, 307, 400, 401, 403, 404, 410, 413, 422])('%d: never', (status) => {
    const outcome = outcomeOf(status, 'retry');
    expect(outcome).toBe('ApiRefused');
    expect(FAILURES.ApiRefused[0]).toBe('permanent');
  });

  it('409: later, or done where the API answers so to a repetition', () => {
    expect(outcomeOf(409, 'retry')).toBe('ApiBusy');
    expect(FAILURES.ApiBusy[0]).toBe('transient');
    expect(outcomeOf(409, 'done')).toBe('done');
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Mon, 05 Jan 2026 09:00:30 GMT', 30_000],
    ['Mon, 05 Jan 2026 08:59:00 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ])('%s is %s ms', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });
});
