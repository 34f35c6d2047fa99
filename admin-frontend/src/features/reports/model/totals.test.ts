import { describe, expect, it } from 'vitest';
import type { Metric } from '../api/report-schema';
import type { Figures, Row } from './rows';
import { totalsOf, without } from './totals';

const metric = (name: string, unit: Metric['unit']): Metric => ({
  name,
  unit,
  title: name,
  is_money: unit === 'money',
});
const METRICS = [
  ...['clicks', 'conversions', 'leads', 'sales', 'rejected', 'lp_views', 'lp_clicks'].map((name) =>
    metric(name, 'count'),
  ),
  ...['revenue', 'cost', 'profit', 'epc', 'cpl'].map((name) => metric(name, 'money')),
  ...['roi', 'cr', 'approval_rate', 'lp_ctr', 'of_tomorrow'].map((name) => metric(name, 'percent')),
];
const row = (id: string, figures: Figures): Row => ({
  id,
  keys: [id],
  names: [null],
  figures: {
    conversions: '0',
    leads: '0',
    sales: '0',
    rejected: '0',
    lp_views: '0',
    lp_clicks: '0',
    ...figures,
  },
});

describe('totals of a selection', () => {
  it('adds amounts exactly and makes ratios of the sums, not of ratios', () => {
    const rows = [
      row('a', { clicks: '3', conversions: '1', revenue: '0.1', cost: '0.3', sales: '1', rejected: '2' }),
      row('b', {
        clicks: '4',
        conversions: '1',
        revenue: '0.2',
        cost: '0.000001',
        sales: '0',
        rejected: '0',
      }),
    ];
    expect(totalsOf(rows, METRICS)).toMatchObject({
      clicks: '7',
      revenue: '0.3',
      cost: '0.300001',
      profit: '-0.000001',
      roi: '-0.0003',
      cr: '28.5714',
      epc: '0.042857',
      approval_rate: '33.3333',
      cpl: null,
      lp_ctr: null,
    });
  });

  it('says what is left without them, below zero too', () => {
    const total: Figures = { ...row('', {}).figures, clicks: '10', revenue: '1.5', cost: '4' };
    const part = totalsOf([row('a', { clicks: '4', revenue: '2', cost: '1' })], METRICS);
    expect(without(total, part, METRICS)).toMatchObject({
      clicks: '6',
      revenue: '-0.5',
      cost: '3',
      profit: '-3.5',
      roi: '-116.6667',
    });
  });

  it('knows nothing of masked amounts, nor of ratios that are new', () => {
    const masked = totalsOf([row('a', { clicks: '1', revenue: null, cost: null })], METRICS);
    expect(masked).toMatchObject({ clicks: '1', revenue: null, profit: null, roi: null });
    expect(masked.of_tomorrow).toBeUndefined();
  });
});
