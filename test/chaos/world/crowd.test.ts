import { expect, it } from 'vitest';
import { crowdFor } from '../../../chaos/world/crowd.ts';

it('the crowd is the same up to the usual rate, so that a seed makes the same changes, and grows with it above', () => {
  for (const rate of [1, 20, 50]) expect(crowdFor(rate)).toEqual({ maxOpen: 30, agents: 24 });
  expect(crowdFor(600)).toEqual({ maxOpen: 360, agents: 288 });
});
