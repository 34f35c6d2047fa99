/** The drawing itself: lines, areas, bars, stacked or not, on one or two scales. */
import { Paper, Text } from '@mantine/core';
import {
  Area,
  Bar,
  CartesianGrid,
  ComposedChart,
  Legend,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { formatCompact } from '@/lib/format/numbers';
import { EMPTY_CELL, seriesColor, type ChartProps, type ChartRow, type ChartSeries } from './chart-data';

const INK = 'var(--mantine-color-dimmed)';

export default function ChartCanvas({ label, rows, series, formatX, height }: ChartProps) {
  const byX = new Map(rows.map((row) => [row.x, row]));
  const data = rows.map(({ x, values }) => ({ x, ...values }));
  const hasRight = series.some(({ isRight }) => isRight);
  return (
    <ResponsiveContainer width="100%" height={height}>
      <ComposedChart
        data={data}
        margin={{ top: 8, right: hasRight ? 0 : 8, bottom: 0, left: 0 }}
        accessibilityLayer
        title={label}
      >
        <CartesianGrid vertical={false} stroke="var(--tf-line)" />
        <XAxis
          dataKey="x"
          tickFormatter={formatX}
          tick={{ fontSize: 12, fill: INK }}
          tickLine={false}
          axisLine={false}
          // Groups, unlike times, do not follow from those beside them: as many names as there is room for.
          interval={formatX ? 'preserveEnd' : 'equidistantPreserveStart'}
          minTickGap={formatX ? 28 : 6}
        />
        <YAxis
          yAxisId="left"
          tickFormatter={formatCompact}
          tick={{ fontSize: 12, fill: INK }}
          tickLine={false}
          axisLine={false}
          width={48}
        />
        {hasRight && (
          <YAxis
            yAxisId="right"
            orientation="right"
            tickFormatter={formatCompact}
            tick={{ fontSize: 12, fill: INK }}
            tickLine={false}
            axisLine={false}
            width={48}
          />
        )}
        <Tooltip
          isAnimationActive={false}
          content={({ active, label: x }) => {
            const row = active && typeof x === 'string' ? byX.get(x) : undefined;
            return row && <Hint row={row} series={series} title={formatX?.(row.x) ?? row.x} />;
          }}
        />
        {series.length > 1 && (
          <Legend
            iconSize={10}
            wrapperStyle={{ fontSize: 12 }}
            formatter={(name: string) => <span style={{ color: INK }}>{name}</span>}
          />
        )}
        {series.map((each, index) => {
          const color = seriesColor(each, index);
          const shared = {
            dataKey: each.key,
            name: each.name,
            yAxisId: each.isRight ? 'right' : 'left',
            isAnimationActive: false,
          };
          switch (each.kind) {
            case 'bar':
              return <Bar key={each.key} {...shared} stackId={each.stack} fill={color} maxBarSize={36} />;
            case 'area':
              return (
                <Area
                  key={each.key}
                  {...shared}
                  stackId={each.stack}
                  stroke={color}
                  fill={color}
                  fillOpacity={0.16}
                  strokeWidth={2}
                  type="monotone"
                />
              );
            default:
              return (
                <Line
                  key={each.key}
                  {...shared}
                  stroke={color}
                  strokeWidth={2}
                  strokeDasharray={each.isDashed ? '4 4' : undefined}
                  dot={rows.length < 3}
                  type="monotone"
                />
              );
          }
        })}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function Hint({ row, series, title }: { row: ChartRow; series: ChartSeries[]; title: string }) {
  return (
    <Paper withBorder shadow="sm" px="sm" py="xs">
      <Text size="xs" c="dimmed" mb={4}>
        {title}
      </Text>
      {series.map((each, index) => {
        const value = row.values[each.key];
        return (
          <Text
            key={each.key}
            size="xs"
            className="tabular"
            style={{ display: 'flex', gap: 6, alignItems: 'center' }}
          >
            <span
              aria-hidden
              style={{ width: 8, height: 8, borderRadius: 2, background: seriesColor(each, index) }}
            />
            {each.name}
            <b style={{ marginLeft: 'auto', paddingLeft: 12 }}>
              {row.shown?.[each.key] ??
                (value === null || value === undefined ? EMPTY_CELL : each.format(value))}
            </b>
          </Text>
        );
      })}
    </Paper>
  );
}
