/** The points of a chart's time axis: all that the period has, those at which nothing happened included. */
import { addDays, addMonths, daysBetween, weekdayOf } from '@/lib/time/zone';
import type { Days, Range } from '@/lib/time/period';
import type { Grain } from './state';

/** Points that one page of JSON can hold. */
const MOST_POINTS = 500;
const HOUR_MS = 3_600_000;

export function pointsOf(grain: Grain, days: Days): number {
  const length = daysBetween(days.first, days.last) + 1;
  switch (grain) {
    case 'hour':
      return length * 24;
    case 'day':
      return length;
    case 'week':
      return Math.ceil(length / 7) + 1;
    case 'month':
      return Math.ceil(length / 28) + 1;
  }
}

export function grainsFor(days: Days): Grain[] {
  const all: Grain[] = ['hour', 'day', 'week', 'month'];
  return all.filter((grain) => pointsOf(grain, days) <= MOST_POINTS);
}

export function usualGrain(days: Days): Grain {
  const length = daysBetween(days.first, days.last) + 1;
  if (length <= 2) return 'hour';
  return length <= 92 ? 'day' : length <= 400 ? 'week' : 'month';
}

/** Up to now: what has not happened yet is no zero. Hours are instants in milliseconds, all else is as the API says it. */
export function axis(grain: Grain, days: Days, range: Range, now: number): string[] {
  const points: string[] = [];
  if (grain === 'hour') {
    const end = Math.min(Date.parse(range.to), now);
    for (let at = Date.parse(range.from); at < end; at += HOUR_MS) points.push(String(at));
    return points;
  }
  const last = [days.last, new Date(now + 14 * HOUR_MS).toISOString().slice(0, 10)].sort()[0] ?? days.last;
  let day = days.first;
  if (grain === 'week') day = addDays(day, -weekdayOf(day));
  if (grain === 'month') day = `${day.slice(0, 7)}-01`;
  while (day <= last && points.length < MOST_POINTS) {
    points.push(grain === 'month' ? day.slice(0, 7) : day);
    day = grain === 'month' ? addMonths(day, 1) : addDays(day, grain === 'week' ? 7 : 1);
  }
  return points;
}

/** What the API calls a point, as `axis` calls it. */
export function pointKey(grain: Grain, value: string): string {
  return grain === 'hour' ? String(Date.parse(value)) : value;
}
