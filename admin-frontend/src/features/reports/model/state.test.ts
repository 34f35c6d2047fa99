import { describe, expect, it } from 'vitest';
import type { Dimension, Metric, ReportSchema } from '../api/report-schema';
import { backTo, drillInto, groupedBy, regroup } from './drill';
import { asParameters, is } from './filter';
import { reportSearch } from './search';
import { DEFAULT_STATE, readState, writeState, type ReportState } from './state';

const dimension = (name: string, aliases: string[] = []): Dimension => ({
  name,
  title: name,
  aliases,
  kind: 'text',
  has_names: false,
  operators: ['eq', 'in'],
});
const metric = (name: string): Metric => ({ name, title: name, unit: 'count', is_money: false });
const SCHEMA: ReportSchema = {
  dimensions: [
    dimension('campaign', ['campaign_id']),
    dimension('country'),
    dimension('device'),
    dimension('os'),
  ],
  metrics: [...DEFAULT_STATE.columns, 'bots'].map(metric),
  having_operators: ['gte', 'lt'],
  max_csv_rows: 1_000_000,
};

describe('the URL of a report', () => {
  it('holds the whole state', () => {
    const state: ReportState = {
      ...DEFAULT_STATE,
      period: {
        from: '2026-01-02',
        to: '2026-01-03',
        tz: 'Asia/Tokyo',
        compare: 'previous_year',
        period: undefined,
      },
      tab: 'funnel',
      by: ['country', 'device', 'os'],
      at: ['US'],
      isFlat: true,
      filters: [
        is('campaign', 'in', 'a', 'b,c'),
        { any: [is('os', 'exists'), { not: { all: [is('device', 'eq', '')] } }] },
        { condition: { field: 'os', operator: 'regex', values: ['^i'], case_sensitive: true } },
      ],
      having: [{ metric: 'clicks', operator: 'gte', value: '10.5' }],
      sort: { by: 'roi', order: 'asc' },
      columns: ['roi', 'clicks'],
      heat: ['roi'],
      chart: 'stacked',
      chartMetric: 'cost',
      isSplit: true,
      grain: 'week',
      conversionTime: 'click',
      cohort: { by: 'week', metric: 'revenue', days: 30, cumulative: true },
      view: '01X',
    };
    // As it comes out of a browser's address.
    const search = reportSearch.parse(JSON.parse(JSON.stringify(writeState(state))));
    expect(readState(search, SCHEMA)).toEqual({ state, dropped: [] });
  });

  it('is empty for what everybody begins with', () => {
    expect(writeState(DEFAULT_STATE)).toEqual({});
  });

  it('names what it says wrongly, and keeps the rest', () => {
    const { state, dropped } = readState(
      {
        by: 'campaign_id,gone,os',
        f: [
          ['country', 'in', 'US'],
          ['gone', 'eq', 'x'],
        ],
        h: 'x',
        sort: '-gone',
        at: ['1', '2', '3'],
        ct: 'click',
      },
      SCHEMA,
    );
    expect(state).toMatchObject({
      by: ['campaign', 'os'],
      at: ['1'],
      filters: [is('country', 'in', 'US')],
      having: [],
      conversionTime: 'click',
    });
    expect(dropped).toEqual([
      'the dimensions',
      'where you were in it',
      'some filters',
      'the limits',
      'the order',
    ]);
  });
});

describe('going into a report', () => {
  const all = SCHEMA.dimensions.map(({ name }) => name);
  const state = { ...DEFAULT_STATE, by: ['country', 'device'] };

  it('takes the next dimension, and chooses one behind the last', () => {
    const first = drillInto(state, ['US'], all);
    expect(first).toEqual({ by: ['country', 'device'], at: ['US'] });
    const filters = [is('campaign', 'eq', 'a')];
    expect(drillInto({ ...state, filters, at: ['US'] }, ['mobile'], all)).toEqual({
      by: ['country', 'device', 'os'],
      at: ['US', 'mobile'],
    });
    expect(drillInto({ ...state, by: all }, ['1', '2', '3', '4'], all)).toBeUndefined();
  });

  it('goes into all that stands side by side, and back', () => {
    expect(groupedBy({ ...state, at: [], isFlat: true })).toEqual(['country', 'device']);
    expect(drillInto({ ...state, isFlat: true }, ['US', 'mobile'], all)).toEqual({
      by: ['country', 'device', 'campaign'],
      at: ['US', 'mobile'],
    });
    expect(backTo({ by: all, at: ['1', '2'] }, 1)).toEqual({ by: all, at: ['1'] });
  });

  it('stays where it is as far as the dimensions are the same', () => {
    expect(
      regroup({ by: ['country', 'device', 'os'], at: ['US', 'mobile'] }, ['country', 'os', 'device']).at,
    ).toEqual(['US']);
    expect(regroup({ by: ['country', 'device'], at: ['US'] }, ['country']).at).toEqual([]);
  });
});

describe('filters as parameters of a URL', () => {
  it('counts what cannot be said so', () => {
    const nodes = [
      is('country', 'in', 'US', 'DE'),
      is('country', 'in', 'FR'),
      { any: [is('os', 'exists')] },
      is('device', 'in', 'a,b'),
      is('os', 'exists'),
    ];
    expect(asParameters(nodes)).toEqual({
      filter: { country: { in: 'US,DE' }, os: { exists: '' } },
      left: 3,
    });
  });
});
