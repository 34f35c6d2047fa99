import type { Metric } from '../api/report-schema';

const SUMS = new Set(['revenue', 'revenue_pending', 'cost', 'profit']);

/** Nought where nothing happened; ratios have no value there. */
export function isAdditive(metric: Metric | undefined): boolean {
  return metric !== undefined && (metric.unit === 'count' || SUMS.has(metric.name));
}
