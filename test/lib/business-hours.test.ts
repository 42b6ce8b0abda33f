import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { businessHoursSchema, inBusinessHours } from '../../lib/business-hours.ts';

/** What CloudWatch would make of the expression at an instant: its functions are in UTC, Monday is day 1. */
function evaluate(expression: string, at: Date): number {
  const script = expression
    .replaceAll('DAY(m)', String(at.getUTCDay() || 7))
    .replaceAll('HOUR(m)', String(at.getUTCHours()))
    .replaceAll('MINUTE(m)', String(at.getUTCMinutes()))
    .replaceAll(' AND ', ' && ')
    .replaceAll(' OR ', ' || ');
  return Number(
    new Script(script).runInNewContext({ IF: (is: boolean, yes: number, no: number) => (is ? yes : no) }),
  );
}

/** Day and time of day in a zone, by the platform's own calendar. */
function local(timezone: string, at: Date): { day: string; time: string } {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return { day: part('weekday').toLowerCase(), time: `${part('hour')}:${part('minute')}` };
}

const quartersOfAWeekFrom = (start: string) =>
  Array.from({ length: 7 * 24 * 4 }, (_, index) => new Date(Date.parse(start) + index * 15 * 60_000));

describe('business hours as a CloudWatch expression', () => {
  it.each([
    { timezone: 'Asia/Tokyo', from: '09:00', to: '18:00' },
    { timezone: 'Asia/Tokyo', from: '07:30', to: '20:15', days: ['mon', 'wed', 'sat', 'sun'] },
    { timezone: 'Asia/Kolkata', from: '09:00', to: '18:00', days: ['sun', 'mon'] },
    { timezone: 'America/Phoenix', from: '08:00', to: '22:00' },
    { timezone: 'Pacific/Kiritimati', from: '00:00', to: '24:00', days: ['mon'] },
    { timezone: 'UTC', from: '00:00', to: '24:00' },
  ])('agree with the calendar of $timezone, $from to $to, every quarter of a week', (given) => {
    const hours = businessHoursSchema.parse(given);
    const expression = inBusinessHours(hours, 'm', 2026);
    for (const at of quartersOfAWeekFrom('2026-03-02T00:00:00Z')) {
      const { day, time } = local(hours.timezone, at);
      const open = hours.days.some((each) => each === day) && time >= hours.from && time < hours.to;
      expect(evaluate(expression, at), at.toISOString()).toBe(open ? 1 : 0);
    }
  });

  it('never count an hour outside of them, in a zone with daylight saving, and at most an hour too few', () => {
    const hours = businessHoursSchema.parse({ timezone: 'Europe/Berlin' });
    const expression = inBusinessHours(hours, 'm', 2026);
    for (const start of ['2026-01-12T00:00:00Z', '2026-07-13T00:00:00Z']) {
      let counted = 0;
      for (const at of quartersOfAWeekFrom(start)) {
        const { day, time } = local('Europe/Berlin', at);
        const open = hours.days.some((each) => each === day) && time >= '09:00' && time < '18:00';
        const value = evaluate(expression, at);
        counted += value;
        if (value === 1) expect(open, at.toISOString()).toBe(true);
      }
      expect(counted).toBe(5 * 8 * 4);
    }
  });

  it('stay well below the length that CloudWatch takes', () => {
    const hours = businessHoursSchema.parse({
      days: ['mon', 'wed', 'fri', 'sun'],
      from: '00:00',
      to: '24:00',
    });
    expect(inBusinessHours(hours, 'notifications', 2026).length).toBeLessThan(1024);
  });
});
