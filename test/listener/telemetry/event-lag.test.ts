import { describe, expect, it } from 'vitest';
import { EventLag } from '../../../listener/telemetry/event-lag.ts';

const START = Date.parse('2026-01-05T09:00:00.000Z');
const at = (ms: number) => new Date(START + ms).toISOString();

function body(...participants: object[]) {
  return { id: 'c', participants };
}

describe('the lag of a notification', () => {
  it('counts from the newest time that it brings, of the participant or of a leg', () => {
    const lag = new EventLag();
    lag.measure('c', body({ connectedTime: at(0) }), START + 50);
    expect(lag.measure('c', body({ connectedTime: at(0), endTime: at(1000) }), START + 1450)).toBe(450);
    const held = body({ connectedTime: at(0), endTime: at(1000) }, { calls: [{ startHoldTime: at(2000) }] });
    expect(lag.measure('c', held, START + 2300)).toBe(300);
  });

  it('is unknown for the first of a conversation, which may be old, and for one that brings no new time', () => {
    const lag = new EventLag();
    expect(lag.measure('c', body({ connectedTime: at(0) }), START + 90_000)).toBeUndefined();
    expect(lag.measure('c', body({ connectedTime: at(0) }), START + 95_000)).toBeUndefined();
    expect(lag.measure('other', body({ connectedTime: at(0) }), START)).toBeUndefined();
  });

  it('is never negative, whatever the clocks', () => {
    const lag = new EventLag();
    lag.measure('c', body({ connectedTime: at(0) }), START);
    expect(lag.measure('c', body({ connectedTime: at(5000) }), START + 1000)).toBe(0);
  });

  it.each([
    undefined,
    null,
    'text',
    {},
    { participants: 'x' },
    { participants: [null, 3, { endTime: 7 }] },
    body({ endTime: 'soon' }),
  ])('is unknown for a body of another shape: %j', (other) => {
    const lag = new EventLag();
    lag.measure('c', body({ connectedTime: at(0) }), START);
    expect(lag.measure('c', other, START + 1000)).toBeUndefined();
  });

  it('looks at no times that lie ahead by plan', () => {
    const lag = new EventLag();
    lag.measure('c', body({ connectedTime: at(0) }), START);
    const planned = body({ connectedTime: at(0), callbacks: [{ callbackScheduledTime: at(9_000_000) }] });
    expect(lag.measure('c', planned, START + 1000)).toBeUndefined();
  });
});
