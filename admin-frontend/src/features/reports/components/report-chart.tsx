/** The chart over the table: one figure over time, or the largest groups beside each other. */
import { Group, SegmentedControl, Select, Skeleton, Switch, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Chart } from '@/components/ui/chart/chart';
import { CHART_COLORS, type ChartRow, type ChartSeries } from '@/components/ui/chart/chart-data';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { forDrawing } from '@/lib/format/decimal';
import { formatDay, formatInstant } from '@/lib/time/format';
import { useMasksMoney } from '@/lib/session/me';
import { reportOptions } from '../api/query-report';
import type { Metric } from '../api/report-schema';
import { is } from '../model/filter';
import { scope } from '../model/request';
import { compared, rowsOfJson, type Row } from '../model/rows';
import { CHARTS, GRAINS, type ChartKind, type Grain } from '../model/state';
import { axis, grainsFor, pointKey, usualGrain } from '../model/time-series';
import { isSum } from '../model/totals';
import { valueText } from '../model/value-text';
import { figureText } from './figure';
import { useReportPage } from './report-context';

const HEIGHT = { desk: 240, phone: 160 };
const MOST_LINES = 5;
const MOST_BARS = 12;
const KINDS: Record<ChartKind, string> = { off: 'No chart', line: 'Line', bar: 'Bars', stacked: 'Stacked' };
const GRAIN_WORDS: Record<Grain, string> = {
  hour: 'By hour',
  day: 'By day',
  week: 'By week',
  month: 'By month',
};

type Props = { rows: Row[]; currency: string };

export function ChartControls() {
  const { state, chartMetric, change, schema, days } = useReportPage();
  const isMasked = useMasksMoney();
  const kind = state.chart;
  const grains = grainsFor(days);
  const grain = state.grain && grains.includes(state.grain) ? state.grain : usualGrain(days);
  const isGroupBars = kind === 'bar' && state.isSplit;
  return (
    <Group gap="xs">
      <SegmentedControl
        aria-label="Chart"
        data={CHARTS.map((each) => ({ value: each, label: KINDS[each] }))}
        value={kind}
        onChange={(value) => {
          const chart = CHARTS.find((each) => each === value);
          if (chart) change({ chart });
        }}
      />
      {kind !== 'off' && (
        <>
          <Select
            size="xs"
            w={150}
            aria-label="Figure of the chart"
            searchable
            allowDeselect={false}
            data={schema.metrics
              .filter(({ is_money }) => !(isMasked && is_money))
              .map(({ name, title }) => ({ value: name, label: title }))}
            value={chartMetric}
            onChange={(name) => name && change({ chartMetric: name })}
          />
          {!isGroupBars && (
            <Select
              size="xs"
              w={110}
              aria-label="Steps of time"
              allowDeselect={false}
              data={grains.map((each) => ({ value: each, label: GRAIN_WORDS[each] }))}
              value={grain}
              onChange={(value) => change({ grain: GRAINS.find((each) => each === value) })}
            />
          )}
          {kind !== 'stacked' && (
            <Switch
              size="xs"
              label="Largest groups"
              checked={state.isSplit}
              onChange={(event) => change({ isSplit: event.currentTarget.checked })}
            />
          )}
        </>
      )}
    </Group>
  );
}

function sizeOf({ figures }: Row, metric: string): number {
  return forDrawing(figures[metric]) ?? -Infinity;
}

/**
 * A chart tells groups of the first dimension apart. Of several rows of a group it goes by what they have together; what
 * cannot be added up by the largest.
 */
function largestGroups(rows: Row[], metric: Metric): Row[] {
  const groups = new Map<string, { row: Row; size: number }>();
  for (const row of rows) {
    const size = sizeOf(row, metric.name);
    const group = groups.get(row.keys[0] ?? '');
    if (!group) groups.set(row.keys[0] ?? '', { row, size });
    else if (!isSum(metric)) group.size = Math.max(group.size, size);
    else if (size !== -Infinity) group.size = Math.max(group.size, 0) + size;
  }
  const sorted = [...groups.values()].sort((a, b) => b.size - a.size);
  return sorted.slice(0, MOST_LINES).map(({ row }) => row);
}

export function ReportChart({ rows, currency }: Props) {
  const { state, chartMetric, days, range, zone, grouped, dimensions, metrics } = useReportPage();
  const { chart } = state;
  const height = useMediaQuery('(max-width: 48em)') ? HEIGHT.phone : HEIGHT.desk;
  const metric = metrics.get(chartMetric);
  const isSplit = state.isSplit || chart === 'stacked';
  const isBars = chart === 'bar' && state.isSplit;
  const grains = grainsFor(days);
  const grain = state.grain && grains.includes(state.grain) ? state.grain : usualGrain(days);

  // The rows come sorted by whatever the table is sorted by; the chart shows the largest of its own figure.
  const largest = useMemo(
    () => rows.toSorted((a, b) => sizeOf(b, chartMetric) - sizeOf(a, chartMetric)).slice(0, MOST_BARS),
    [rows, chartMetric],
  );

  const [dimension] = grouped.flatMap((name) => dimensions.get(name) ?? []);
  const top = useMemo(() => (metric ? largestGroups(rows, metric) : []), [rows, metric]);
  const request = useMemo(() => {
    const within = scope(state, range, zone);
    const keys = top.map(({ keys: [key = ''] }) => key);
    const only = isSplit && dimension ? [is(dimension.name, 'in', ...keys)] : [];
    return {
      ...within,
      filters: { all: [...(within.filters ? [within.filters] : []), ...only] },
      group_by: isSplit && dimension ? [grain, dimension.name] : [grain],
      sort: [{ by: grain, order: 'asc' as const }],
      limit: 500,
      with_total: isSplit,
      compare: isSplit ? null : (state.period.compare ?? null),
    };
  }, [state, range, zone, isSplit, dimension, grain, top]);
  const isAsked = !isBars && (!isSplit || top.length > 0);
  const { data, dataUpdatedAt, error, refetch } = useQuery({ ...reportOptions(request), enabled: isAsked });

  const drawn = useMemo((): { rows: ChartRow[]; series: ChartSeries[] } | undefined => {
    if (!metric) return undefined;
    const format = (value: number) => figureText(metric, String(value), currency);
    const text = (figure: string | null | undefined) => figureText(metric, figure, currency);
    if (isBars) {
      const names = largest.map((row) =>
        grouped
          .map((name, at) => {
            const each = dimensions.get(name);
            return each ? valueText(each, row.keys[at] ?? '', row.names[at]) : '';
          })
          .join(', '),
      );
      return {
        rows: largest.map((row, index) => ({
          x: names[index] ?? '',
          values: { it: forDrawing(row.figures[metric.name]) },
          shown: { it: text(row.figures[metric.name]) },
        })),
        series: [{ key: 'it', name: metric.title, format, kind: 'bar' }],
      };
    }
    if (!data) return undefined;
    const keys = isSplit && dimension ? [grain, dimension.name] : [grain];
    const found = rowsOfJson(data.items, keys, [metric.name]).map((row, at) => ({
      ...row,
      ...compared(data.items[at] ?? {}, [metric.name]),
    }));
    const points = axis(grain, days, range, dataUpdatedAt);
    const byPoint = new Map(points.map((x): [string, ChartRow] => [x, { x, values: {}, shown: {} }]));
    // A point without a row is nothing for a sum, and unknown for a ratio.
    const empty = isSum(metric) ? 0 : null;
    const series: ChartSeries[] =
      isSplit && dimension
        ? top.map(({ keys: [key = ''], names: [name] }) => ({
            key: `g${key}`,
            name: valueText(dimension, key, name),
            format,
            kind: chart === 'stacked' ? 'bar' : 'line',
            stack: chart === 'stacked' ? 'all' : undefined,
          }))
        : [
            ...(state.period.compare
              ? [
                  {
                    key: 'before',
                    name: 'Before',
                    format,
                    kind: 'line' as const,
                    isDashed: true,
                    color: '#8a96a1',
                  },
                ]
              : []),
            {
              key: 'it',
              name: metric.title,
              format,
              kind: chart === 'bar' ? ('bar' as const) : ('area' as const),
              color: CHART_COLORS[0],
            },
          ];
    for (const point of byPoint.values()) for (const { key } of series) point.values[key] = empty;
    for (const row of found) {
      const point = byPoint.get(pointKey(grain, row.keys[0] ?? ''));
      if (!point) continue;
      const put = (key: string, figure: string | null | undefined) => {
        point.values[key] = forDrawing(figure);
        point.shown = { ...point.shown, [key]: text(figure) };
      };
      put(isSplit ? `g${row.keys[1] ?? ''}` : 'it', row.figures[metric.name]);
      if (!isSplit && row.previous) put('before', row.previous[metric.name]);
    }
    return { rows: [...byPoint.values()], series };
  }, [
    metric,
    currency,
    isBars,
    largest,
    grouped,
    dimensions,
    data,
    dataUpdatedAt,
    isSplit,
    dimension,
    grain,
    days,
    range,
    top,
    chart,
    state.period.compare,
  ]);

  if (chart === 'off' || !metric) return null;
  if (error && !data && isAsked) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!drawn) return <Skeleton h={height + 26} />;
  const isCut = isSplit && !isBars && (data?.total ?? 0) > 500;
  return (
    <div>
      <Chart
        label={`${metric.title} ${isBars ? 'of the largest groups' : GRAIN_WORDS[grain].toLowerCase()}`}
        xLabel={isBars ? (dimension?.title ?? 'Group') : 'Time'}
        rows={drawn.rows}
        series={drawn.series}
        height={height}
        formatX={isBars ? undefined : (x) => pointText(grain, x, zone)}
      />
      {isCut && (
        <Text size="xs" c="dimmed">
          There are more points than one chart holds: choose larger steps of time.
        </Text>
      )}
    </div>
  );
}

function pointText(grain: Grain, x: string, zone: string): string {
  if (grain === 'hour') return formatInstant(Number(x), zone).slice(5);
  if (grain === 'month') return x;
  return grain === 'week' ? `Week of ${formatDay(x)}` : formatDay(x);
}
