import { expect, it } from 'vitest';
import { footprintFlatOf } from '../../../chaos/report/outcome.ts';

const grown = { heapMb: [70, 170], rssMb: [200, 300], handles: [9, 9], cpu: [0.5, 0.5] } as const;

it('whether a listener has grown is told only of one that was under load for five minutes', () => {
  expect(footprintFlatOf({ footprint: undefined })).toBeNull();
  expect(footprintFlatOf({ footprint: { ...grown, seconds: 120 } })).toBeNull();
  expect(footprintFlatOf({ footprint: { ...grown, seconds: 299 } })).toBe(false);
  expect(
    footprintFlatOf({ footprint: { ...grown, seconds: 299, heapMb: [70, 71], rssMb: [200, 200] } }),
  ).toBe(true);
});
