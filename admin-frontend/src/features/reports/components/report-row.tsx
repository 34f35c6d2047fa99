/** One row. It is drawn only when something of it changed: scrolling draws the rows that come into sight and no others. */
import { IconDots } from '@tabler/icons-react';
import { memo, type CSSProperties } from 'react';
import { formatChange, NOTHING } from '@/lib/format/numbers';
import type { Dimension, Metric } from '../api/report-schema';
import { heatColor, type Heat } from '../model/heat';
import type { Row } from '../model/rows';
import { valueText } from '../model/value-text';
import { changeColor, figureCell } from './figure';
import classes from './reports.module.css';

export type RowLook = {
  dimensions: Dimension[];
  columns: Metric[];
  heats: ReadonlyMap<string, Heat>;
  currency: string;
  isMasked: boolean;
  isCompared: boolean;
};

type Props = {
  row: Row;
  index: number;
  look: RowLook;
  isSelected: boolean;
  isCurrent: boolean;
  isMenuOpen: boolean;
};

export function rowName(row: Row, dimensions: Dimension[]): string {
  return dimensions
    .map((dimension, at) => valueText(dimension, row.keys[at] ?? '', row.names[at]))
    .join(', ');
}

export const SELECT_WIDTH = 36;
export const MENU_WIDTH = 40;

export const ReportRow = memo(function ReportRow({
  row,
  index,
  look,
  isSelected,
  isCurrent,
  isMenuOpen,
}: Props) {
  const { dimensions, columns, heats, isCompared } = look;
  const name = rowName(row, dimensions);
  return (
    <tr
      className={classes.row}
      data-row={index}
      data-selected={isSelected || undefined}
      tabIndex={isCurrent ? 0 : -1}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
    >
      <td data-pin data-tool style={{ left: 0 }}>
        <input
          type="checkbox"
          tabIndex={-1}
          aria-label={`Select ${name}`}
          checked={isSelected}
          readOnly
          data-select
        />
      </td>
      {dimensions.map((dimension, at) => {
        const text = valueText(dimension, row.keys[at] ?? '', row.names[at]);
        const pin: CSSProperties | undefined = at === 0 ? { left: SELECT_WIDTH } : undefined;
        const isNothing = row.keys[at] === '';
        return (
          <th
            key={dimension.name}
            scope="row"
            data-start
            data-pin={at === 0 || undefined}
            style={pin}
            title={row.keys[at] && row.keys[at] !== text ? `${text} · ${row.keys[at]}` : text}
          >
            {isNothing ? <span style={{ color: 'var(--mantine-color-dimmed)' }}>{text}</span> : text}
          </th>
        );
      })}
      {columns.map((metric) => {
        const figure = row.figures[metric.name];
        const heat = heats.get(metric.name);
        const background = heat && heatColor(figure, heat);
        const shown = figureCell(metric, figure, look);
        const change = isCompared && <ChangeOf metric={metric.name} change={row.change?.[metric.name]} />;
        return (
          <td key={metric.name}>
            {background ? (
              <span className={classes.heat} style={{ background }}>
                {shown}
                {change}
              </span>
            ) : (
              <>
                {shown}
                {change}
              </>
            )}
          </td>
        );
      })}
      <td data-tool data-pin style={{ right: 0 }}>
        <button
          type="button"
          className={classes.more}
          tabIndex={-1}
          data-menu
          aria-haspopup="menu"
          aria-expanded={isMenuOpen}
          aria-label={`Actions for ${name}`}
        >
          <IconDots size={16} aria-hidden />
        </button>
      </td>
    </tr>
  );
});

export function ChangeOf({ metric, change }: { metric: string; change: string | null | undefined }) {
  if (change === null || change === undefined)
    return (
      <span className={classes.change} style={{ color: 'var(--mantine-color-dimmed)' }}>
        {NOTHING}
      </span>
    );
  return (
    <span className={classes.change} style={{ color: changeColor(metric, change) }}>
      {formatChange(Number(change))}
    </span>
  );
}
