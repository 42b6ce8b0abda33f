import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clockOffset } from '../../doctor/steps/access.ts';

const time = fc.integer({ min: 0, max: 10_000_000 });

it('there is no offset that whole seconds could not explain', () => {
  fc.assert(
    fc.property(time, fc.nat(5_000), fc.nat(5_000), (sentAt, there, back) => {
      const written = Math.floor((sentAt + there) / 1000) * 1000;
      expect(clockOffset(written, sentAt, sentAt + there + back)).toBe(0);
    }),
  );
});

it('an offset is told to within a second and the time that the answer took', () => {
  fc.assert(
    fc.property(
      time,
      fc.nat(500),
      fc.integer({ min: -600_000, max: 600_000 }),
      (sentAt, tookMs, offsetMs) => {
        const written = Math.floor((sentAt + offsetMs) / 1000) * 1000;
        const told = clockOffset(written, sentAt, sentAt + tookMs);
        expect(Math.abs(told - offsetMs)).toBeLessThanOrEqual(1_000 + tookMs);
      },
    ),
  );
});
