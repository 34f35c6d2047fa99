/** The period that a page is about: a preset that moves with the clock, or days chosen. Both are calendar days of a zone. */
import * as z from 'zod/mini';
import { addDays, addMonths, dayIn, daysBetween, isZone, startOfDay, weekdayOf, type Day } from './zone';

export const PRESETS = {
  today: 'Today',
  yesterday: 'Yesterday',
  last_7_days: 'Last 7 days',
  last_14_days: 'Last 14 days',
  last_30_days: 'Last 30 days',
  this_week: 'This week',
  this_month: 'This month',
  last_month: 'Last month',
} as const;

export type Preset = keyof typeof PRESETS;
export const PRESET_NAMES = [
  'today',
  'yesterday',
  'last_7_days',
  'last_14_days',
  'last_30_days',
  'this_week',
  'this_month',
  'last_month',
] as const satisfies readonly Preset[];
export const DEFAULT_PRESET: Preset = 'last_7_days';

export const COMPARISONS = { previous_period: 'Previous period', previous_year: 'Previous year' } as const;

const day = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/));
const maybe = <T extends z.ZodMiniType>(schema: T) => z.catch(z.optional(schema), undefined);

/** The part of a URL's search that says the period. Spread `periodSearch.shape` into a route's schema. */
export const periodSearch = z.object({
  period: maybe(z.enum(PRESET_NAMES)),
  from: maybe(day),
  to: maybe(day),
  tz: maybe(z.string().check(z.refine(isZone))),
  compare: maybe(z.enum(['previous_period', 'previous_year'])),
});

export type PeriodSearch = z.infer<typeof periodSearch>;

/** First and last day, both included. */
export type Days = { first: Day; last: Day };

export function presetDays(preset: Preset, today: Day): Days {
  switch (preset) {
    case 'today':
      return { first: today, last: today };
    case 'yesterday':
      return { first: addDays(today, -1), last: addDays(today, -1) };
    case 'last_7_days':
      return { first: addDays(today, -6), last: today };
    case 'last_14_days':
      return { first: addDays(today, -13), last: today };
    case 'last_30_days':
      return { first: addDays(today, -29), last: today };
    case 'this_week':
      return { first: addDays(today, -weekdayOf(today)), last: today };
    case 'this_month':
      return { first: `${today.slice(0, 7)}-01`, last: today };
    case 'last_month':
      return { first: addMonths(today, -1), last: addDays(addMonths(today, 0), -1) };
  }
}

export function periodDays(search: PeriodSearch, zone: string, now: Date): Days {
  if (search.from && search.to) {
    return search.from <= search.to
      ? { first: search.from, last: search.to }
      : { first: search.to, last: search.from };
  }
  return presetDays(search.period ?? DEFAULT_PRESET, dayIn(now, zone));
}

/** As the API takes it: `from` included, `to` not. */
export type Range = { from: string; to: string };

export function daysRange({ first, last }: Days, zone: string): Range {
  return {
    from: startOfDay(first, zone).toISOString(),
    to: startOfDay(addDays(last, 1), zone).toISOString(),
  };
}

/** The same number of days before. */
export function previousDays({ first, last }: Days): Days {
  const length = daysBetween(first, last) + 1;
  return { first: addDays(first, -length), last: addDays(first, -1) };
}

export function isOneDay({ first, last }: Days): boolean {
  return first === last;
}
