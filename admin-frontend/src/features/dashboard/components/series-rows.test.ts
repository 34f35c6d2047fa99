import { expect, test } from 'vitest';
import type { SeriesRow } from '../api/series';
import { chartRows, points } from './series-rows';

const NONE: SeriesRow = {
  clicks: 0,
  unique_clicks: 0,
  duplicate_clicks: 0,
  bots: 0,
  lp_views: 0,
  lp_clicks: 0,
  conversions: 0,
  leads: 0,
  sales: 0,
  rejected: 0,
  holds: 0,
};
const NOW = new Date('2026-03-29T10:30:00Z');

test('a day on which clocks go forward has 23 hours, and those to come are open', () => {
  const range = { from: '2026-03-28T23:00:00Z', to: '2026-03-29T22:00:00Z' };
  const rows = [{ ...NONE, hour: '2026-03-29T03:00:00+02:00', clicks: 7 }];
  const hours = points(rows, 'hour', range, 'Europe/Berlin', NOW);
  expect(hours).toHaveLength(23);
  const drawn = chartRows({
    current: hours,
    compared: undefined,
    metric: 'clicks',
    isAdditive: true,
    format: String,
  });
  expect(drawn[2]).toEqual({ x: '2026-03-29T01:00:00.000Z', values: { now: 7 }, shown: { now: '7' } });
  expect(drawn[0]?.values.now).toBe(0);
  expect(drawn[22]?.values.now).toBeNull();
});

test('amounts are shown as they came, and a period compared with is laid over by its place', () => {
  const day = (name: string, revenue: string): SeriesRow => ({ ...NONE, day: name, revenue });
  const range = { from: '2026-03-28T00:00:00Z', to: '2026-03-30T00:00:00Z' };
  const current = points([day('2026-03-28', '0.30'), day('2026-03-29', '1')], 'day', range, 'UTC', NOW);
  const compared = points([day('2026-03-26', '12.3400')], 'day', range, 'UTC', NOW);
  const rows = chartRows({
    current,
    compared,
    metric: 'revenue',
    isAdditive: true,
    format: (value) => `$${value}`,
  });
  expect(rows[0]).toEqual({
    x: '2026-03-28',
    values: { now: 0.3, before: 12.34 },
    shown: { now: '$0.30', before: '$12.3400' },
  });
  expect(rows[1]?.values.before).toBeNull();
});
