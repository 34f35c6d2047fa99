import { Card, Group, Select, Skeleton, Text } from '@mantine/core';
import { Chart } from '@/components/ui/chart/chart';
import type { ChartSeries } from '@/components/ui/chart/chart-data';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { formatDay, formatInstant } from '@/lib/time/format';
import type { Metric } from '../api/report-schema';
import type { Grain } from '../api/series';
import { isAdditive } from './additive';
import { formatMetric, type MetricValue } from './metric-value';
import { chartRows, type Point } from './series-rows';

const HEIGHT = 260;

type Props = {
  metrics: Metric[];
  metric: Metric | undefined;
  onMetric: (metric: string) => void;
  current: Point[] | undefined;
  compared: Point[] | undefined;
  grain: Grain;
  zone: string;
  currency: string;
  error: unknown;
  onRetry: () => void;
};

export function TimeChart(props: Props) {
  const { metrics, metric, onMetric, current, compared, grain, zone, currency, error, onRetry } = props;
  const format = (value: MetricValue) => formatMetric(value, metric?.unit ?? 'count', currency);
  const formatX = (x: string) => (grain === 'day' ? formatDay(x) : formatInstant(x, zone).slice(11));
  const series: ChartSeries[] = [
    { key: 'now', name: metric?.title ?? '', format, kind: 'area', color: '#1f96a7' },
  ];
  if (compared) series.push({ key: 'before', name: 'Before', format, isDashed: true, color: '#8a96a1' });

  return (
    <Card>
      <Group justify="space-between" mb={4}>
        <Select
          aria-label="Metric of the chart"
          w={190}
          allowDeselect={false}
          searchable
          data={metrics.map(({ name, title }) => ({ value: name, label: title }))}
          value={metric?.name ?? null}
          onChange={(name) => name && onMetric(name)}
        />
        <Text size="xs" c="dimmed">
          By {grain}, {zone}
        </Text>
      </Group>
      {error && !current ? (
        <ErrorNotice error={error} onRetry={onRetry} />
      ) : !current || !metric ? (
        <Skeleton h={HEIGHT + 24} />
      ) : (
        <Chart
          label={`${metric.title} by ${grain}`}
          xLabel={grain === 'day' ? 'Day' : 'Hour'}
          rows={chartRows({ current, compared, metric: metric.name, isAdditive: isAdditive(metric), format })}
          series={series}
          formatX={formatX}
          height={HEIGHT}
        />
      )}
    </Card>
  );
}
