import { describe, expect, it } from 'vitest';
import { createSwitches, SWITCHES } from '../../../mock/genesys/switches.ts';

describe('the switches', () => {
  it('each have at least two values, a default among them, and a line that says what they decide', () => {
    for (const [name, definition] of Object.entries(SWITCHES)) {
      expect(definition.values.length, name).toBeGreaterThan(1);
      expect(new Set<unknown>(definition.values).has(definition.default), name).toBe(true);
      expect(definition.decides.length, name).toBeGreaterThan(10);
    }
  });

  it('stand at their defaults unless set', () => {
    const defaults = Object.fromEntries(
      Object.entries(SWITCHES).map(([name, { default: preset }]) => [name, preset]),
    );
    expect(createSwitches()).toEqual(defaults);
    expect(createSwitches({ resultType: 'number' })).toEqual({ ...defaults, resultType: 'number' });
  });
});
