/** A metric of a report's row by the name that the API's schema gives it, and how it is written. */
import { NOTHING, formatCount, formatMoney, formatPercent } from '@/lib/format/numbers';
import type { Metric } from '../api/report-schema';

export type MetricValue = string | number | null;

export function metricValue(row: object | null | undefined, name: string): MetricValue {
  const value: unknown = row ? Reflect.get(row, name) : null;
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

export function formatMetric(value: MetricValue, unit: Metric['unit'], currency: string): string {
  if (value === null) return NOTHING;
  switch (unit) {
    case 'count':
      return formatCount(Number(value));
    case 'money':
      return formatMoney(String(value), currency);
    case 'percent':
      return formatPercent(value);
  }
}
