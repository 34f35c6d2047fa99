/**
 * The table under every list: sticky header and first column, sorting, selection, a menu a row, arrow keys between
 * rows. With `isVirtual` only the rows in sight exist, so that 50,000 scroll smoothly; rows then have one height.
 */
import { Checkbox, Table, VisuallyHidden } from '@mantine/core';
import {
  flexRender,
  getCoreRowModel,
  useReactTable,
  type ColumnDef,
  type RowSelectionState,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, type ReactNode } from 'react';
import type { Column, RowAction } from './column';
import { HeaderCell, type Sorting } from './header-cell';
import { RowMenu } from './row-menu';
import { useRowKeys } from './use-row-keys';
import classes from './list.module.css';

const ROW_HEIGHT_PX = 37;
const SELECT = '_select';
const MENU = '_menu';

export type DataTableProps<Row> = {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowId: (row: Row) => string;
  /** What a screen reader calls the row. */
  rowName: (row: Row) => string;
  hidden?: ReadonlySet<string>;
  sorting?: Sorting;
  selection?: { selected: ReadonlySet<string>; change: (selected: Set<string>) => void };
  rowActions?: (row: Row) => RowAction[];
  onOpen?: (row: Row) => void;
  isVirtual?: boolean;
  /** Of the scrolled box; without it the page scrolls. Needed with `isVirtual`. */
  maxHeight?: number | string;
  /** Called when the end is near, for lists that grow. */
  onEnd?: () => void;
  /** A row over all, such as totals. */
  totals?: (column: Column<Row>) => ReactNode;
  isDimmed?: boolean;
};

export function DataTable<Row>(props: DataTableProps<Row>) {
  const {
    label,
    columns,
    rows,
    rowId,
    rowName,
    hidden,
    sorting,
    selection,
    rowActions,
    onOpen,
    isVirtual,
    maxHeight,
    onEnd,
    totals,
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const visible = useMemo(
    () => columns.filter(({ id, isFixed }) => isFixed || !hidden?.has(id)),
    [columns, hidden],
  );

  const definitions = useMemo((): ColumnDef<Row>[] => {
    const shown = visible.map(({ id, header, cell, align, width, sort, descFirst }): ColumnDef<Row> => ({
      id,
      header,
      cell: ({ row }) => cell(row.original),
      meta: { align, width, sort, descFirst, title: header },
    }));
    const select: ColumnDef<Row>[] = selection
      ? [
          {
            id: SELECT,
            meta: { width: 36 },
            header: ({ table }) => (
              <Checkbox
                size="xs"
                aria-label="Select all rows"
                checked={table.getIsAllRowsSelected()}
                indeterminate={table.getIsSomeRowsSelected()}
                onChange={table.getToggleAllRowsSelectedHandler()}
              />
            ),
            cell: ({ row }) => (
              <Checkbox
                size="xs"
                tabIndex={-1}
                aria-label={`Select ${rowName(row.original)}`}
                checked={row.getIsSelected()}
                onChange={row.getToggleSelectedHandler()}
              />
            ),
          },
        ]
      : [];
    const menu: ColumnDef<Row>[] = rowActions
      ? [
          {
            id: MENU,
            header: () => <VisuallyHidden>Actions</VisuallyHidden>,
            meta: { width: 44, align: 'right' },
            cell: ({ row }) => <RowMenu name={rowName(row.original)} actions={rowActions(row.original)} />,
          },
        ]
      : [];
    return [...select, ...shown, ...menu];
  }, [visible, selection, rowActions, rowName]);

  const rowSelection = useMemo(
    (): RowSelectionState => Object.fromEntries([...(selection?.selected ?? [])].map((id) => [id, true])),
    [selection],
  );
  const table = useReactTable({
    data: rows,
    columns: definitions,
    getRowId: rowId,
    getCoreRowModel: getCoreRowModel(),
    state: { rowSelection },
    enableRowSelection: Boolean(selection),
    onRowSelectionChange: (update) => {
      const next = typeof update === 'function' ? update(rowSelection) : update;
      selection?.change(new Set(Object.keys(next).filter((id) => next[id])));
    },
    manualSorting: true,
    manualPagination: true,
  });

  const all = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: isVirtual ? all.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: 12,
    onChange: (instance) => {
      const last = instance.getVirtualItems().at(-1);
      if (onEnd && last && last.index >= all.length - 20) onEnd();
    },
  });
  const items = virtual.getVirtualItems();
  const shown = isVirtual ? items.flatMap(({ index }) => all[index] ?? []) : all;
  const above = items[0]?.start ?? 0;
  const below = isVirtual ? virtual.getTotalSize() - (items.at(-1)?.end ?? 0) : 0;
  const span = definitions.length;

  const keys = useRowKeys({
    count: all.length,
    scrollTo: (index) => isVirtual && virtual.scrollToIndex(index),
    onOpen: (index) => {
      const row = all[index];
      if (row && onOpen) onOpen(row.original);
    },
    onToggle: (index) => selection && all[index]?.toggleSelected(),
  });

  const space = (height: number) =>
    height > 0 && (
      <tr aria-hidden>
        <td colSpan={span} style={{ height, padding: 0, border: 0 }} />
      </tr>
    );

  return (
    <div
      ref={scroller}
      className={classes.scroller}
      data-scroller
      style={{ maxHeight, overflowY: maxHeight ? 'auto' : undefined }}
      data-dimmed={props.isDimmed || undefined}
    >
      <Table
        className={classes.table}
        data-virtual={isVirtual || undefined}
        aria-label={label}
        aria-rowcount={all.length + 1}
      >
        <Table.Thead className={classes.head}>
          {table.getHeaderGroups().map((group) => (
            <Table.Tr key={group.id} aria-rowindex={1}>
              {group.headers.map((header) => (
                <HeaderCell
                  key={header.id}
                  meta={header.column.columnDef.meta}
                  isMain={header.column.id === visible[0]?.id}
                  sorting={sorting}
                >
                  {flexRender(header.column.columnDef.header, header.getContext())}
                </HeaderCell>
              ))}
            </Table.Tr>
          ))}
        </Table.Thead>
        <Table.Tbody ref={keys.body} onKeyDown={keys.onKeyDown} onFocus={keys.onFocus}>
          {totals && (
            <Table.Tr className={classes.totals}>
              {table.getVisibleFlatColumns().map(({ id, columnDef }) => {
                const column = visible.find((each) => each.id === id);
                return (
                  <Table.Td
                    key={id}
                    ta={columnDef.meta?.align}
                    data-main={id === visible[0]?.id || undefined}
                  >
                    {column && totals(column)}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          )}
          {isVirtual && space(above)}
          {shown.map((row) => (
            <Table.Tr
              key={row.id}
              className={classes.row}
              data-row={row.index}
              tabIndex={row.index === keys.current ? 0 : -1}
              aria-rowindex={row.index + 2}
              aria-selected={selection ? row.getIsSelected() : undefined}
              data-selected={row.getIsSelected() || undefined}
              data-opens={onOpen ? true : undefined}
              onClick={(event) => {
                const target = event.target;
                const isControl =
                  target instanceof Element &&
                  target.closest('a,button,input,label,[role="menu"],[data-portal]');
                const isMarking = (window.getSelection()?.toString() ?? '') !== '';
                if (onOpen && !isControl && !isMarking) onOpen(row.original);
              }}
            >
              {row.getVisibleCells().map((cell) => (
                <Table.Td
                  key={cell.id}
                  ta={cell.column.columnDef.meta?.align}
                  data-main={cell.column.id === visible[0]?.id || undefined}
                  data-tool={cell.column.id === SELECT || cell.column.id === MENU || undefined}
                >
                  {flexRender(cell.column.columnDef.cell, cell.getContext())}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
          {isVirtual && space(below)}
        </Table.Tbody>
      </Table>
    </div>
  );
}
