/** How long events are kept, as the form holds it: days; null keeps for ever. */
import * as z from 'zod/mini';
import type { Retention } from '../api/retention';

const days = z.nullable(z.int('Whole days').check(z.minimum(1, 'At least a day, or empty for ever')));

export const retentionSchema = z.object({
  clicks_days: days,
  conversions_days: days,
  postback_logs_days: days,
  raw_query_days: days,
  full_ip_days: days,
});

export type RetentionValues = z.infer<typeof retentionSchema>;

export const KINDS: { name: keyof RetentionValues; label: string; text: string }[] = [
  { name: 'clicks_days', label: 'Clicks', text: 'With trafficback. Reports forget these days, too.' },
  { name: 'conversions_days', label: 'Conversions', text: 'With all their versions.' },
  { name: 'postback_logs_days', label: 'Postback logs', text: 'Calls in and attempts out.' },
  {
    name: 'raw_query_days',
    label: 'Query strings',
    text: 'Of clicks, with the parameters that no field took. The click stays.',
  },
  {
    name: 'full_ip_days',
    label: 'Full addresses',
    text: 'Where they are stored at all. Hash and prefix stay.',
  },
];

export const RETENTION_LABELS: Record<string, string> = Object.fromEntries(
  KINDS.map(({ name, label }) => [name, label]),
);

export function retentionValues(retention: Retention | undefined): RetentionValues {
  return {
    clicks_days: retention?.clicks_days ?? null,
    conversions_days: retention?.conversions_days ?? null,
    postback_logs_days: retention?.postback_logs_days ?? null,
    raw_query_days: retention?.raw_query_days ?? null,
    full_ip_days: retention?.full_ip_days ?? null,
  };
}

/** What would go for good: kinds that are kept for less than before, with the new number of days. */
export function shortened(
  before: RetentionValues,
  after: RetentionValues,
): { label: string; days: number }[] {
  return KINDS.flatMap(({ name, label }) => {
    const [was, is] = [before[name], after[name]];
    return is !== null && (was === null || is < was) ? [{ label, days: is }] : [];
  });
}
