import { describe, expect, it } from 'vitest';
import { costPath, costRow, type CostValues } from './cost-values';

const VALUES: CostValues = {
  campaign_id: 'c',
  source_id: null,
  filters: [
    { dimension: 'country', values: ['DE'] },
    { dimension: 'os', values: ['iOS'] },
    { dimension: 'country', values: ['AT'] },
  ],
  from: '2026-11-01T00:00:00.000Z',
  to: '2026-11-02T00:00:00.000Z',
  currency: ' eur ',
  mode: 'cpc',
  amount: '0.0300',
};

describe('a row of costs', () => {
  it('names one amount, exactly as typed, and each dimension once', () => {
    const row = costRow(VALUES);
    expect(row).toMatchObject({
      currency: 'EUR',
      cpc: '0.0300',
      filters: { country: ['DE', 'AT'], os: ['iOS'] },
    });
    expect(row).not.toHaveProperty('total');
    expect(row).not.toHaveProperty('source_id');
    expect(costRow({ ...VALUES, mode: 'total', filters: [] })).not.toHaveProperty('filters');
  });

  it('finds complaints again', () => {
    expect(costPath('cpc', VALUES)).toBe('amount');
    expect(costPath('filters.os', VALUES)).toBe('filters.1.values');
    expect(costPath('from', VALUES)).toBe('from');
  });
});
