/** What a chart draws. Values are numbers for drawing only; `shown` has the exact text of those that are amounts. */
export type ChartRow = {
  x: string;
  values: Record<string, number | null>;
  shown?: Record<string, string>;
};

export type ChartSeries = {
  key: string;
  name: string;
  format: (value: number) => string;
  color?: string;
  kind?: 'line' | 'area' | 'bar';
  /** Series with the same word are stacked. */
  stack?: string;
  /** A scale of its own, on the right. */
  isRight?: boolean;
  /** Of the period compared with. */
  isDashed?: boolean;
};

export type ChartProps = {
  label: string;
  xLabel: string;
  rows: ChartRow[];
  series: ChartSeries[];
  formatX?: (x: string) => string;
  height?: number;
};

export const EMPTY_CELL = '–';

/** Told apart by people who see colours differently, and legible on both grounds. */
export const CHART_COLORS = [
  '#1f96a7',
  '#d9822b',
  '#7a6ff0',
  '#2e9e6b',
  '#d0568f',
  '#8a96a1',
  '#b59a1c',
  '#4c7fd1',
];

export function seriesColor(series: ChartSeries, index: number): string {
  return series.color ?? CHART_COLORS[index % CHART_COLORS.length] ?? '#1f96a7';
}
