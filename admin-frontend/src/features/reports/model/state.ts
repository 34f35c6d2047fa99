/**
 * All that a report page shows, and the URL that says it. What a URL says wrongly is left out and named, so that an
 * old or mangled link still opens.
 */
import * as z from 'zod/mini';
import { PRESET_NAMES, type PeriodSearch } from '@/lib/time/period';
import { isZone } from '@/lib/time/zone';
import type { Schemas } from '@/lib/api/client';
import { isDecimal } from '@/lib/format/decimal';
import type { ReportSchema } from '../api/report-schema';
import type { ReportSearch } from './search';
import { conditionsOf, lengthen, operatorSchema, shortFilter, shorten, type FilterNode } from './filter';

export type Having = Schemas['ReportHaving'];
export type Cohort = Required<Schemas['CohortOptions']>;
export type Tab = 'table' | 'cohort' | 'funnel';
export const CHARTS = ['off', 'line', 'bar', 'stacked'] as const;
export type ChartKind = (typeof CHARTS)[number];
export const GRAINS = ['hour', 'day', 'week', 'month'] as const;
export type Grain = (typeof GRAINS)[number];

export type ReportState = {
  period: PeriodSearch;
  tab: Tab;
  /** Dimensions in the order in which one goes into them. */
  by: string[];
  /** The values gone into, of the first of `by`: always fewer than those. */
  at: string[];
  /** All dimensions that are left in one table, instead of one after the other. */
  isFlat: boolean;
  filters: FilterNode[];
  having: Having[];
  sort: { by: string; order: 'asc' | 'desc' };
  columns: string[];
  heat: string[];
  chart: ChartKind;
  chartMetric: string;
  /** The chart tells the largest groups apart. */
  isSplit: boolean;
  grain?: Grain;
  conversionTime: 'conversion' | 'click';
  cohort: Cohort;
  /** The saved view that was opened. */
  view?: string;
};

/** The API groups by so many at once. */
export const MOST_GROUPED = 5;
const MOST_DIMENSIONS = 12;

export const DEFAULT_STATE: ReportState = {
  period: {},
  tab: 'table',
  by: ['campaign'],
  at: [],
  isFlat: false,
  filters: [],
  having: [],
  sort: { by: 'clicks', order: 'desc' },
  columns: ['clicks', 'unique_clicks', 'conversions', 'cr', 'revenue', 'cost', 'profit', 'roi', 'epc'],
  heat: [],
  chart: 'line',
  chartMetric: 'clicks',
  isSplit: false,
  conversionTime: 'conversion',
  cohort: { by: 'day', metric: 'conversions', days: 14, cumulative: false },
};

const day = z.string().check(
  z.regex(/^\d{4}-\d{2}-\d{2}$/),
  z.refine((text) => !Number.isNaN(Date.parse(text))),
);
const decimal = z.string().check(z.refine(isDecimal));
const names = z.string().check(z.regex(/^[a-z0-9_]+(,[a-z0-9_]+)*$/));
const comparison = z.enum(['previous_period', 'previous_year']);
const cohortSchema = z.strictObject({
  by: z.enum(['day', 'week', 'month']),
  metric: z.enum(['conversions', 'leads', 'sales', 'rejected', 'holds', 'revenue', 'revenue_pending']),
  days: z.int().check(z.gte(0), z.lte(90)),
  cumulative: z.boolean(),
});

export type Read = { state: ReportState; dropped: string[] };

export function readState(search: ReportSearch, schema: ReportSchema): Read {
  const dropped = new Set<string>();
  const dimensions = new Map(
    schema.dimensions.flatMap(({ name, aliases }) => [name, ...aliases].map((each) => [each, name])),
  );
  const metrics = new Set(schema.metrics.map(({ name }) => name));

  function read<T>(key: keyof ReportSearch, what: string, shape: z.ZodMiniType<T>): T | undefined {
    const value = search[key];
    if (value === undefined) return undefined;
    const parsed = shape.safeParse(value);
    if (!parsed.success) dropped.add(what);
    return parsed.data;
  }

  function known(
    list: string | undefined,
    what: string,
    isKnown: (name: string) => boolean,
  ): string[] | undefined {
    if (list === undefined) return undefined;
    const all = [...new Set(list.split(','))];
    const found = all.filter(isKnown);
    if (found.length < all.length) dropped.add(what);
    return found;
  }

  const period: PeriodSearch = {
    period: read('period', 'the period', z.enum(PRESET_NAMES)),
    from: read('from', 'the period', day),
    to: read('to', 'the period', day),
    tz: read('tz', 'the time zone', z.string().check(z.refine(isZone))),
    compare: read('compare', 'the comparison', comparison),
  };
  if ((period.from === undefined) !== (period.to === undefined)) {
    dropped.add('the period');
    period.from = period.to = undefined;
  }

  const by = known(read('by', 'the dimensions', names), 'the dimensions', (name) => dimensions.has(name))
    ?.map((name) => dimensions.get(name) ?? name)
    .slice(0, MOST_DIMENSIONS);
  const dims = by && by.length > 0 ? by : DEFAULT_STATE.by;
  let at = read('at', 'where you were in it', z.array(z.string())) ?? [];
  if (at.length >= dims.length) {
    dropped.add('where you were in it');
    at = at.slice(0, dims.length - 1);
  }

  let filters = (read('f', 'the filters', z.array(shortFilter)) ?? []).map(lengthen);
  const sound = filters.filter((node) => conditionsOf(node).every(({ field }) => dimensions.has(field)));
  if (sound.length < filters.length) dropped.add('some filters');
  filters = sound;

  const having = (read('h', 'the limits', z.array(z.tuple([z.string(), operatorSchema, decimal]))) ?? [])
    .map(([metric, operator, value]): Having => ({ metric, operator, value }))
    .filter(({ metric, operator }) => {
      const isSound = metrics.has(metric) && schema.having_operators.includes(operator);
      if (!isSound) dropped.add('some limits');
      return isSound;
    });

  const sortText = read('sort', 'the order', z.string().check(z.regex(/^-?[a-z0-9_]+$/)));
  let sort = DEFAULT_STATE.sort;
  if (sortText !== undefined) {
    const name = sortText.replace(/^-/, '');
    if (metrics.has(name) || dimensions.has(name))
      sort = { by: name, order: sortText.startsWith('-') ? 'desc' : 'asc' };
    else dropped.add('the order');
  }

  const columns = known(read('cols', 'the columns', names), 'some columns', (name) => metrics.has(name));
  const chartMetric = read('cm', 'the chart', names);
  if (chartMetric !== undefined && !metrics.has(chartMetric)) dropped.add('the chart');

  const state: ReportState = {
    period,
    tab: read('tab', 'the tab', z.enum(['cohort', 'funnel'])) ?? 'table',
    by: dims,
    at,
    isFlat: read('flat', 'the layout', z.boolean()) ?? false,
    filters,
    having,
    sort,
    columns:
      columns && columns.length > 0 ? columns : DEFAULT_STATE.columns.filter((name) => metrics.has(name)),
    heat: known(read('heat', 'the colours', names), 'the colours', (name) => metrics.has(name)) ?? [],
    chart: read('chart', 'the chart', z.enum(CHARTS)) ?? DEFAULT_STATE.chart,
    chartMetric:
      chartMetric !== undefined && metrics.has(chartMetric) ? chartMetric : DEFAULT_STATE.chartMetric,
    isSplit: read('split', 'the chart', z.boolean()) ?? false,
    grain: read('grain', 'the chart', z.enum(GRAINS)),
    conversionTime: read('ct', 'the conversion time', z.enum(['conversion', 'click'])) ?? 'conversion',
    cohort: read('cohort', 'the cohorts', cohortSchema) ?? DEFAULT_STATE.cohort,
    view: read('view', 'the saved view', z.string().check(z.maxLength(64))),
  };
  return { state, dropped: [...dropped] };
}

/** Defaults stay out of the URL. */
export function writeState(state: ReportState): ReportSearch {
  const d = DEFAULT_STATE;
  const other = <T>(value: T, usual: T): T | undefined =>
    JSON.stringify(value) === JSON.stringify(usual) ? undefined : value;
  const search: ReportSearch = {
    ...state.period,
    tab: other(state.tab, d.tab),
    by: other(state.by.join(','), d.by.join(',')),
    at: other(state.at, []),
    flat: other(state.isFlat, false),
    f: state.filters.length > 0 ? state.filters.map(shorten) : undefined,
    h:
      state.having.length > 0
        ? state.having.map(({ metric, operator, value }) => [metric, operator, value])
        : undefined,
    sort: other(`${state.sort.order === 'desc' ? '-' : ''}${state.sort.by}`, '-clicks'),
    cols: other(state.columns.join(','), d.columns.join(',')),
    heat: state.heat.length > 0 ? state.heat.join(',') : undefined,
    chart: other(state.chart, d.chart),
    cm: other(state.chartMetric, d.chartMetric),
    split: other(state.isSplit, false),
    grain: state.grain,
    ct: other(state.conversionTime, d.conversionTime),
    cohort: other(state.cohort, d.cohort),
    view: state.view,
  };
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}
