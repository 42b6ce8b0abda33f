import { z } from 'zod';
import { choice, fields, flag, list, text, wholeNumber } from './config-fields.ts';

/** In the order in which CloudWatch's `DAY` counts them, from 1. */
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const CLOCK_TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;

export const businessHoursSchema = fields({
  enabled: flag().default(true),
  timezone: z
    .string()
    .refine(isTimezone, { error: (issue) => `"${String(issue.input)}" is no time zone, such as Asia/Tokyo` })
    .default('Asia/Tokyo'),
  days: list(choice(DAYS)).default(['mon', 'tue', 'wed', 'thu', 'fri']),
  from: text(CLOCK_TIME, 'is no time of day, such as 09:00').default('09:00'),
  to: text(CLOCK_TIME, 'is no time of day, such as 18:00').default('18:00'),
  silentMinutes: wholeNumber(5, 720)
    .refine((minutes) => minutes % 5 === 0, { error: 'must be a multiple of 5' })
    .default(30),
}).refine((hours) => minutesOf(hours.to) > minutesOf(hours.from), {
  error: 'must be after "from"',
  path: ['to'],
});

export type BusinessHours = z.output<typeof businessHoursSchema>;

/** Days (1 is Monday) and minutes of those days, all in UTC: `[from, to)`. */
interface Window {
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
}

/**
 * A CloudWatch expression that is 1 in business hours and 0 outside of them, for a metric's id.
 *
 * CloudWatch's `DAY`, `HOUR` and `MINUTE` are in UTC and know no daylight saving. Where the zone has some, only those
 * hours count that are business hours in winter and in summer: an hour less at one end is better than a false alarm.
 */
export function inBusinessHours(hours: BusinessHours, metricId: string, year: number): string {
  const minute = `(HOUR(${metricId})*60+MINUTE(${metricId}))`;
  const day = `DAY(${metricId})`;
  const windows = windowsInUtc(hours, year).map(({ days, from, to }) => {
    const onDays = runs(days).map(([first, last]) =>
      first === last ? `${day}==${first}` : `(${day}>=${first} AND ${day}<=${last})`,
    );
    return `((${onDays.join(' OR ')}) AND ${minute}>=${from} AND ${minute}<${to})`;
  });
  return `IF(${windows.join(' OR ')},1,0)`;
}

function windowsInUtc({ timezone, days, from, to }: BusinessHours, year: number): Window[] {
  const offsets = offsetsOf(timezone, year);
  const windows = new Map<string, { days: number[]; from: number; to: number }>();
  for (const day of days) {
    const midnight = DAYS.indexOf(day) * DAY_MINUTES;
    const start = midnight + minutesOf(from) - Math.min(...offsets);
    const end = midnight + minutesOf(to) - Math.max(...offsets);
    for (const part of splitAtMidnight(start, end)) {
      const key = `${part.from}-${part.to}`;
      const window = windows.get(key) ?? { days: [], from: part.from, to: part.to };
      window.days.push(part.day);
      windows.set(key, window);
    }
  }
  return [...windows.values()];
}

function splitAtMidnight(start: number, end: number): { day: number; from: number; to: number }[] {
  const parts: { day: number; from: number; to: number }[] = [];
  for (let at = start; at < end; ) {
    const midnight = Math.floor(at / DAY_MINUTES) * DAY_MINUTES;
    const until = Math.min(end, midnight + DAY_MINUTES);
    const day = ((midnight + WEEK_MINUTES) % WEEK_MINUTES) / DAY_MINUTES + 1;
    parts.push({ day, from: at - midnight, to: until - midnight });
    at = until;
  }
  return parts;
}

/** Days → runs of neighbours: 1, 2, 3, 6 → 1–3, 6–6. */
function runs(days: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const day of [...days].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === day - 1) last[1] = day;
    else found.push([day, day]);
  }
  return found;
}

/** What the zone is ahead of UTC in the course of a year, in minutes. */
function offsetsOf(timezone: string, year: number): number[] {
  const months = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(year, month, 1)));
  return [...new Set(months.map((at) => offsetAt(timezone, at)))];
}

function offsetAt(timezone: string, at: Date): number {
  const format = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours, minutes] = /^GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  const offset = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  return sign === '-' ? -offset : offset;
}

function minutesOf(clockTime: string): number {
  const [hours, minutes] = clockTime.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
