/** A row of costs as its form holds it. */
import * as z from 'zod/mini';
import { isDecimal, signOf } from '@/lib/format/decimal';
import type { CostRow } from '../api/update-costs';

const filter = z.object({
  dimension: z.string().check(z.minLength(1, 'Filter by what?')),
  values: z.array(z.string()).check(z.minLength(1, 'At least one value')),
});

export const costSchema = z
  .object({
    campaign_id: z.string().check(z.minLength(1, 'Choose a campaign')),
    source_id: z.nullable(z.string()),
    filters: z.array(filter),
    from: z.string().check(z.minLength(1, 'From when on?')),
    to: z.string().check(z.minLength(1, 'Until when?')),
    currency: z.string().check(z.trim(), z.regex(/^[A-Za-z]{3}$/, 'Three letters, such as USD')),
    mode: z.enum(['total', 'cpc']),
    amount: z
      .string()
      .check(z.refine((text) => isDecimal(text) && signOf(text) >= 0, 'A number from 0 on, such as 120.50')),
  })
  .check(
    z.refine(({ from, to }) => !from || !to || from < to, { path: ['to'], error: 'After the beginning' }),
  );

export type CostValues = z.infer<typeof costSchema>;

export function costRow(values: CostValues): CostRow {
  const { campaign_id, source_id, filters, from, to, currency, mode, amount } = values;
  const by: Record<string, string[]> = {};
  for (const { dimension, values: wanted } of filters) by[dimension] = [...(by[dimension] ?? []), ...wanted];
  return {
    campaign_id,
    ...(source_id && { source_id }),
    ...(filters.length > 0 && { filters: by }),
    from,
    to,
    currency: currency.trim().toUpperCase(),
    ...(mode === 'total' ? { total: amount } : { cpc: amount }),
  };
}

/** The API's `total`, `cpc` and `filters.country` to the form's places. */
export function costPath(path: string, { filters }: Pick<CostValues, 'filters'>): string {
  if (path === 'total' || path === 'cpc') return 'amount';
  const name = /^filters\.(.+)$/.exec(path)?.[1];
  const at = filters.findIndex(({ dimension }) => dimension === name);
  return at < 0 ? path : `filters.${at}.values`;
}

export const COST_LABELS: Record<string, string> = {
  campaign_id: 'Campaign',
  source_id: 'Source',
  filters: 'Filters',
  'filters.*.dimension': 'Filter',
  'filters.*.values': 'Values',
  from: 'From',
  to: 'Until',
  currency: 'Currency',
  amount: 'Amount',
};
