/** What the dashboard's period is compared with. */
import * as z from 'zod/mini';
import { param } from '@/lib/list/search';
import { daysRange, periodSearch, previousDays, type Days, type Range } from '@/lib/time/period';
import { addDays, dayIn } from '@/lib/time/zone';

export type Comparison = 'previous_period' | 'previous_year';

/** Here the period before is compared with unless somebody says `none`. */
export const dashboardSearch = z.object({
  ...periodSearch.shape,
  compare: param(z.enum(['previous_period', 'previous_year', 'none'])),
  metric: param(z.string()),
});

export type DashboardSearch = z.infer<typeof dashboardSearch>;

function yearBefore(day: string): string {
  const before = `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`;
  // There is no 29 February then.
  return addDays(before, 0) === before ? before : `${before.slice(0, 8)}28`;
}

export function comparedDays(days: Days, comparison: Comparison): Days {
  if (comparison === 'previous_period') return previousDays(days);
  return { first: yearBefore(days.first), last: yearBefore(days.last) };
}

const STEP_MS = 5 * 60_000;

/**
 * A period that is not over yet is compared with as much of the other one: a morning with a morning, not with a whole
 * day. The end moves in steps, so that an answer can be kept for a while.
 */
export function comparedRange(days: Days, comparison: Comparison, zone: string, now: Date): Range {
  const current = daysRange(days, zone);
  const whole = daysRange(comparedDays(days, comparison), zone);
  if (Date.parse(current.to) <= now.getTime() || dayIn(now, zone) < days.first) return whole;
  const elapsed = now.getTime() - Date.parse(current.from);
  const end = Date.parse(whole.from) + Math.max(STEP_MS, Math.floor(elapsed / STEP_MS) * STEP_MS);
  return { from: whole.from, to: new Date(Math.min(end, Date.parse(whole.to))).toISOString() };
}
