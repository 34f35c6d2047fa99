/** Rows of a report over time as a chart's points: every day or hour of the period, those to come without values. */
import type { ChartRow } from '@/components/ui/chart/chart-data';
import { forDrawing } from '@/lib/format/decimal';
import type { Range } from '@/lib/time/period';
import { dayIn } from '@/lib/time/zone';
import type { Grain, SeriesRow } from '../api/series';
import { metricValue } from './metric-value';

const HOUR_MS = 3_600_000;

/** `row` is missing where nothing happened, `isAhead` where nothing could have. */
export type Point = { x: string; row: SeriesRow | undefined; isAhead: boolean };

export function points(rows: SeriesRow[], grain: Grain, range: Range, zone: string, now: Date): Point[] {
  if (grain === 'day') {
    const today = dayIn(now, zone);
    return rows.map((row) => ({ x: row.day ?? '', row, isAhead: (row.day ?? '') > today }));
  }
  const byStart = new Map(rows.map((row) => [Date.parse(row.hour ?? ''), row]));
  const found: Point[] = [];
  for (let at = Date.parse(range.from); at < Date.parse(range.to); at += HOUR_MS)
    found.push({ x: new Date(at).toISOString(), row: byStart.get(at), isAhead: at > now.getTime() });
  return found;
}

/** Counts and sums are nothing where nothing happened; ratios have no value there. */
function valueAt(point: Point | undefined, metric: string, isAdditive: boolean): number | null {
  if (!point || point.isAhead) return null;
  if (!point.row) return isAdditive ? 0 : null;
  return forDrawing(metricValue(point.row, metric));
}

export function trendValues(series: Point[], metric: string, isAdditive: boolean): (number | null)[] {
  return series.map((point) => valueAt(point, metric, isAdditive));
}

type Chart = {
  current: Point[];
  compared: Point[] | undefined;
  metric: string;
  isAdditive: boolean;
  format: (value: string | number | null) => string;
};

/** Both periods by their places: the first day of the one above the first day of the other. */
export function chartRows({ current, compared, metric, isAdditive, format }: Chart): ChartRow[] {
  return current.map((point, at) => {
    const before = compared?.[at];
    const row: ChartRow = { x: point.x, values: { now: valueAt(point, metric, isAdditive) }, shown: {} };
    const show = (key: string, from: Point | undefined) => {
      const value = metricValue(from?.row, metric);
      if (value !== null && row.shown) row.shown[key] = format(value);
    };
    show('now', point);
    if (compared) {
      row.values.before = valueAt(before, metric, isAdditive);
      show('before', before);
    }
    return row;
  });
}
