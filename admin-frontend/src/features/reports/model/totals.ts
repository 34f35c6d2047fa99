/**
 * Totals of some rows: sums added exactly, ratios made of the sums by the formulas of the API's `metric.rs`. The
 * schema names metrics and not their formulas, so a ratio that is not known here has no total of a selection.
 */
import Big from 'big.js';
import type { Metric } from '../api/report-schema';
import type { Figures, Row } from './rows';

const SUMS_OF_MONEY = new Set(['revenue', 'revenue_pending', 'cost']);

export function isSum({ name, unit }: Pick<Metric, 'name' | 'unit'>): boolean {
  return unit === 'count' || SUMS_OF_MONEY.has(name);
}

type Sum = (name: string) => Big;
type Ratio = { of: string[]; from: (sum: Sum) => Big | null };

const per = (part: Big, whole: Big, digits: number): Big | null =>
  whole.eq(0) ? null : part.div(whole).round(digits, Big.roundHalfUp);
const percent = (part: string, whole: string): Ratio => ({
  of: [part, whole],
  from: (sum) => per(sum(part).times(100), sum(whole), 4),
});
const amountPer = (part: string, whole: string): Ratio => ({
  of: [part, whole],
  from: (sum) => per(sum(part), sum(whole), 6),
});

const RATIOS: Record<string, Ratio> = {
  profit: { of: ['revenue', 'cost'], from: (sum) => sum('revenue').minus(sum('cost')) },
  roi: {
    of: ['revenue', 'cost'],
    from: (sum) => per(sum('revenue').minus(sum('cost')).times(100), sum('cost'), 4),
  },
  lp_ctr: percent('lp_clicks', 'lp_views'),
  cr: percent('conversions', 'clicks'),
  epc: amountPer('revenue', 'clicks'),
  cpc: amountPer('cost', 'clicks'),
  cpa: amountPer('cost', 'conversions'),
  cpl: amountPer('cost', 'leads'),
  cps: amountPer('cost', 'sales'),
  profit_per_click: {
    of: ['revenue', 'cost', 'clicks'],
    from: (sum) => per(sum('revenue').minus(sum('cost')), sum('clicks'), 6),
  },
  approval_rate: {
    of: ['sales', 'rejected'],
    from: (sum) => per(sum('sales').times(100), sum('sales').plus(sum('rejected')), 4),
  },
};

/** Amounts have six digits (`Decimal(18,6)`): as whole millionths they add fast and exactly. */
const DIGITS = 6;

function millionths(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  const digits = BigInt(whole.replace('-', '') + fraction.padEnd(DIGITS, '0').slice(0, DIGITS));
  return whole.startsWith('-') ? -digits : digits;
}

function decimal(value: bigint): string {
  return new Big(value.toString()).div(10 ** DIGITS).toFixed();
}

function withRatios(sums: Figures, metrics: Metric[]): Figures {
  const all: Figures = { ...sums };
  for (const { name } of metrics) {
    const ratio = RATIOS[name];
    if (ratio === undefined) continue;
    const isKnown = ratio.of.every((each) => typeof sums[each] === 'string');
    all[name] = isKnown ? (ratio.from((each) => new Big(sums[each] ?? 0))?.toFixed() ?? null) : null;
  }
  return all;
}

/** Null where an amount is kept from the caller, and where the metric is no sum. */
export function totalsOf(rows: Row[], metrics: Metric[]): Figures {
  const sums: Figures = {};
  for (const metric of metrics) {
    if (!isSum(metric)) continue;
    let sum: bigint | null = 0n;
    for (const { figures } of rows) {
      const amount = figures[metric.name];
      if (amount === null || amount === undefined) {
        sum = null;
        break;
      }
      sum += millionths(amount);
    }
    sums[metric.name] = sum === null ? null : decimal(sum);
  }
  return withRatios(sums, metrics);
}

export function without(total: Figures, part: Figures, metrics: Metric[]): Figures {
  const sums: Figures = {};
  for (const metric of metrics) {
    if (!isSum(metric)) continue;
    const [all, some] = [total[metric.name], part[metric.name]];
    const isKnown = typeof all === 'string' && typeof some === 'string';
    sums[metric.name] = isKnown ? decimal(millionths(all) - millionths(some)) : null;
  }
  return withRatios(sums, metrics);
}
