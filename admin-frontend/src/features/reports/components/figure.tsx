/** A figure of a report, by the unit of its metric. */
import type { ReactNode } from 'react';
import { HiddenMoney } from '@/components/ui/display/money';
import { formatCount, formatMoney, formatPercent, NOTHING } from '@/lib/format/numbers';
import type { Metric } from '../api/report-schema';

const LOSS = { color: 'var(--tf-bad)' };
const IS_SIGNED = new Set(['profit', 'roi', 'profit_per_click']);

export function figureText(
  { unit }: Pick<Metric, 'unit'>,
  figure: string | null | undefined,
  currency: string,
): string {
  if (figure === null || figure === undefined) return NOTHING;
  if (unit === 'money') return formatMoney(figure, currency);
  return unit === 'percent' ? formatPercent(figure) : formatCount(Number(figure));
}

type Look = { currency: string; isMasked: boolean };

/** A function and no component: a table draws thousands of these while one scrolls. */
export function figureCell(
  metric: Metric,
  figure: string | null | undefined,
  { currency, isMasked }: Look,
): ReactNode {
  if (figure === null || figure === undefined) return isMasked && metric.is_money ? <HiddenMoney /> : NOTHING;
  const text = figureText(metric, figure, currency);
  const isLoss = IS_SIGNED.has(metric.name) && figure.startsWith('-');
  return isLoss ? <span style={LOSS}>{text}</span> : text;
}

/** Of these, less is better. */
const COSTS = new Set(['cost', 'cpc', 'cpa', 'cpl', 'cps', 'bots', 'rejected', 'duplicate_clicks']);

export function changeColor(metric: string, change: string): string | undefined {
  const isZero = Number(change) === 0;
  if (isZero) return 'var(--mantine-color-dimmed)';
  return change.startsWith('-') === COSTS.has(metric) ? 'var(--tf-good)' : 'var(--tf-bad)';
}
