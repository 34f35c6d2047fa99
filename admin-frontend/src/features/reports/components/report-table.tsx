/**
 * The rows of a report: only those in sight exist, header, first dimension and totals stay in sight. Clicks are heard
 * on the table's body, so that a row is nothing but its cells.
 */
import { VisuallyHidden } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type CSSProperties, type MouseEvent } from 'react';
import type { Dimension, Metric } from '../api/report-schema';
import { heatOf, type Heat } from '../model/heat';
import type { Row } from '../model/rows';
import type { ReportState } from '../model/state';
import { figureText } from './figure';
import { ReportFoot, type FootLine } from './report-foot';
import { MENU_WIDTH, ReportRow, SELECT_WIDTH, type RowLook } from './report-row';
import { RowMenu, type MenuPlace } from './row-menu';
import classes from './reports.module.css';
import { useRowFocus } from './use-row-focus';

const ROW_HEIGHT_PX = 37;
/** On phones a figure is in sight beside two dimensions. */
const DIMENSION_WIDTH = { wide: 200, narrow: 160, phone: 100 };
const CHANGE_WIDTH = 68;
const LETTER_PX = 7.4;
const BOLD_LETTER_PX = 8.4;
/** Beside the figures; the percent sign is a wide letter. */
const SPARE_PX = { count: 18, money: 20, percent: 28 };
/** Rows that a column's width is taken from: the first ones, which do not change while the rest comes in. */
const MEASURED_ROWS = 200;

/** Wide enough for its figures, its total and its title with the arrow. */
function columnWidth(metric: Metric, rows: Row[], foot: FootLine[], look: RowLook): number {
  const letters = (figure: string | null | undefined) => figureText(metric, figure, look.currency).length;
  const figures = rows.slice(0, MEASURED_ROWS).map((row) => letters(row.figures[metric.name]) * LETTER_PX);
  const totals = foot.map((line) => letters(line.figures[metric.name]) * BOLD_LETTER_PX);
  const widest =
    Math.max(48, ...figures, ...totals) + SPARE_PX[metric.unit] + (look.isCompared ? CHANGE_WIDTH : 0);
  return Math.ceil(Math.max(widest, metric.title.length * LETTER_PX + 34));
}

type Props = {
  label: string;
  /** What the rows are of: another report starts at its top. */
  name: string;
  rows: Row[];
  dimensions: Dimension[];
  columns: Metric[];
  heat: string[];
  currency: string;
  isMasked: boolean;
  isCompared: boolean;
  isDimmed: boolean;
  sort: ReportState['sort'];
  onSort: (sort: ReportState['sort']) => void;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  foot: FootLine[];
  onDrill: (row: Row) => void;
  onBack: () => void;
  isPhone: boolean;
};

export function ReportTable(props: Props) {
  const { rows, dimensions, columns, heat, currency, isMasked, isCompared, selected, onSelect, isPhone } =
    props;
  const scroller = useRef<HTMLDivElement>(null);
  const lastToggled = useRef(0);
  const [menu, setMenu] = useState<MenuPlace>();

  const heats = useMemo(() => {
    const found = heat.map((name): [string, Heat | undefined] => [name, heatOf(rows, name)]);
    return new Map(found.flatMap(([name, each]): [string, Heat][] => (each ? [[name, each]] : [])));
  }, [rows, heat]);
  const look = useMemo(
    (): RowLook => ({ dimensions, columns, heats, currency, isMasked, isCompared }),
    [dimensions, columns, heats, currency, isMasked, isCompared],
  );

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: 8,
    // Header and totals cover what is behind them.
    scrollPaddingStart: 40,
    scrollPaddingEnd: 40 + props.foot.length * ROW_HEIGHT_PX,
    useFlushSync: false,
  });
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);

  useEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [props.name]);

  function toggle(index: number, isRange: boolean) {
    const row = rows[index];
    if (!row) return;
    const next = new Set(selected);
    const isOn = !next.has(row.id);
    const [first, last] = isRange
      ? [Math.min(lastToggled.current, index), Math.max(lastToggled.current, index)]
      : [index, index];
    for (const { id } of rows.slice(first, last + 1)) {
      if (isOn) next.add(id);
      else next.delete(id);
    }
    lastToggled.current = index;
    onSelect(next);
  }

  function openMenu(index: number, element?: Element | null) {
    const row = rows[index];
    const anchor = element ?? keys.body.current?.querySelector(`[data-row="${index}"] [data-menu]`);
    if (row && anchor) setMenu({ row, index, box: anchor.getBoundingClientRect() });
  }

  const keys = useRowFocus({
    count: rows.length,
    scrollTo: (index) => virtual.scrollToIndex(index),
    onDrill: (index) => {
      const row = rows[index];
      if (row) props.onDrill(row);
    },
    onBack: props.onBack,
    onToggle: toggle,
    onMenu: (index) => openMenu(index),
  });

  function indexOf(event: MouseEvent): number | undefined {
    const found =
      event.target instanceof Element
        ? event.target.closest<HTMLElement>('[data-row]')?.dataset.row
        : undefined;
    return found === undefined ? undefined : Number(found);
  }

  function onClick(event: MouseEvent) {
    const index = indexOf(event);
    if (index === undefined || !(event.target instanceof Element)) return;
    const row = rows[index];
    if (event.target.closest('[data-tool]')?.querySelector('[data-select]')) toggle(index, event.shiftKey);
    else if (event.target.closest('[data-menu]')) openMenu(index, event.target.closest('[data-menu]'));
    else if (row && (window.getSelection()?.toString() ?? '') === '') props.onDrill(row);
  }

  const isAll = rows.length > 0 && selected.size >= rows.length;
  const isOne = dimensions.length === 1;
  const otherWidth = isPhone ? DIMENSION_WIDTH.phone : DIMENSION_WIDTH.narrow;
  const firstWidth = !isOne ? otherWidth : isPhone ? 140 : DIMENSION_WIDTH.wide;
  const last = props.foot.at(-1);
  const columnWidths = useMemo(
    () =>
      columns.map((metric) => columnWidth(metric, rows.slice(0, MEASURED_ROWS), last ? [last] : [], look)),
    [columns, rows, last, look],
  );
  const widths = [
    SELECT_WIDTH,
    ...dimensions.map((_, at) => (at === 0 ? firstWidth : otherWidth)),
    ...columnWidths,
    MENU_WIDTH,
  ];
  const width = widths.reduce((sum, each) => sum + each, 0);
  const space = (height: number) =>
    height > 0 && (
      <tr aria-hidden>
        <td colSpan={widths.length} style={{ height, padding: 0, border: 0 }} />
      </tr>
    );

  return (
    <>
      <div
        ref={scroller}
        className={classes.scroller}
        data-testid="report-rows"
        data-dimmed={props.isDimmed || undefined}
      >
        <table
          className={classes.table}
          style={{ width: '100%', minWidth: width }}
          role="grid"
          aria-label={props.label}
          aria-rowcount={rows.length + 1}
          aria-multiselectable
        >
          <colgroup>
            {widths.map((each, at) => (
              <col key={at} style={{ width: each }} />
            ))}
          </colgroup>
          <thead className={classes.head}>
            <tr aria-rowindex={1}>
              <th data-pin data-tool scope="col" style={{ left: 0 }}>
                <input
                  type="checkbox"
                  aria-label={isAll ? 'Select no rows' : 'Select all rows'}
                  checked={isAll}
                  ref={(box) => {
                    if (box) box.indeterminate = selected.size > 0 && !isAll;
                  }}
                  onChange={() => onSelect(isAll ? new Set() : new Set(rows.map(({ id }) => id)))}
                />
              </th>
              {dimensions.map(({ name, title }, at) => (
                <Heading
                  key={name}
                  name={name}
                  title={title}
                  isStart
                  sort={props.sort}
                  onSort={props.onSort}
                  pin={at === 0 ? { left: SELECT_WIDTH } : undefined}
                />
              ))}
              {columns.map(({ name, title, is_money }) => (
                <Heading
                  key={name}
                  name={name}
                  title={title}
                  sort={props.sort}
                  onSort={isMasked && is_money ? undefined : props.onSort}
                />
              ))}
              <th scope="col" data-pin style={{ right: 0 }}>
                <VisuallyHidden>Actions</VisuallyHidden>
              </th>
            </tr>
          </thead>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the rows are focused and heard here */}
          <tbody
            ref={keys.body}
            onKeyDown={keys.onKeyDown}
            onFocus={keys.onFocus}
            onClick={onClick}
            onContextMenu={(event) => {
              const index = indexOf(event);
              const row = index === undefined ? undefined : rows[index];
              if (index === undefined || !row) return;
              event.preventDefault();
              setMenu({ row, index, box: new DOMRect(event.clientX, event.clientY, 0, 0) });
            }}
          >
            {space(above)}
            {items.map(({ index }) => {
              const row = rows[index];
              return (
                row && (
                  <ReportRow
                    key={row.id}
                    row={row}
                    index={index}
                    look={look}
                    isSelected={selected.has(row.id)}
                    isCurrent={index === keys.current}
                    isMenuOpen={menu?.row.id === row.id}
                  />
                )
              );
            })}
            {space(below)}
          </tbody>
          <ReportFoot lines={props.foot} look={look} />
        </table>
      </div>
      {menu && (
        <RowMenu
          key={menu.row.id}
          place={menu}
          onClose={() => {
            setMenu(undefined);
            keys.focusRow(menu.index);
          }}
        />
      )}
    </>
  );
}

type HeadingProps = {
  name: string;
  title: string;
  isStart?: boolean;
  sort: ReportState['sort'];
  onSort?: (sort: ReportState['sort']) => void;
  pin?: CSSProperties;
};

function Heading({ name, title, isStart, sort, onSort, pin }: HeadingProps) {
  const order = sort.by === name ? sort.order : undefined;
  const Arrow = order === 'asc' ? IconArrowUp : IconArrowDown;
  // Figures begin with the largest, names with A.
  const next = order ? (order === 'asc' ? 'desc' : 'asc') : isStart ? 'asc' : 'desc';
  return (
    <th
      scope="col"
      data-start={isStart || undefined}
      data-pin={pin ? true : undefined}
      style={pin}
      aria-sort={order === 'asc' ? 'ascending' : order === 'desc' ? 'descending' : undefined}
    >
      {onSort ? (
        <button
          type="button"
          className={classes.sort}
          style={{ border: 0, padding: 0, background: 'none', cursor: 'pointer' }}
          data-sorted={order !== undefined || undefined}
          onClick={() => onSort({ by: name, order: next })}
        >
          {title}
          <Arrow size={13} aria-hidden />
        </button>
      ) : (
        title
      )}
    </th>
  );
}
