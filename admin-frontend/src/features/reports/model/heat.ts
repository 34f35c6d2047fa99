/** Colours of a column: how far a value is between the column's usual smallest and largest. For drawing only. */
import { forDrawing } from '@/lib/format/decimal';
import type { Row } from './rows';

export type Heat = { low: number; high: number };

/** Strongest share of colour, in percent: text stays readable on it in both schemes. */
const STRONGEST = 34;
const SAMPLE = 5_000;

/** Between the 2nd and the 98th percentile, so that one outlier does not make all else pale. */
export function heatOf(rows: Row[], metric: string): Heat | undefined {
  const step = Math.max(1, Math.floor(rows.length / SAMPLE));
  const values: number[] = [];
  for (let index = 0; index < rows.length; index += step) {
    const value = forDrawing(rows[index]?.figures[metric]);
    if (value !== null) values.push(value);
  }
  values.sort((a, b) => a - b);
  const low = values[Math.floor(values.length * 0.02)];
  const high = values[Math.ceil(values.length * 0.98) - 1];
  return low === undefined || high === undefined ? undefined : { low, high };
}

export function heatColor(figure: string | null | undefined, { low, high }: Heat): string | undefined {
  const value = forDrawing(figure);
  if (value === null) return undefined;
  const mix = (color: string, share: number) => {
    const percent = Math.round(Math.min(1, Math.max(0, share)) * STRONGEST);
    return percent === 0 ? undefined : `color-mix(in srgb, ${color} ${percent}%, transparent)`;
  };
  if (low < 0) {
    const reach = Math.max(Math.abs(low), Math.abs(high));
    return mix(value < 0 ? 'var(--tf-bad)' : 'var(--tf-good)', Math.abs(value) / reach);
  }
  return mix('var(--tf-accent)', high === low ? (value === 0 ? 0 : 0.5) : (value - low) / (high - low));
}
