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
import { lazy, Suspense, useEffect, useMemo, useRef, type ReactNode } from 'react';
import { patient } from '@/lib/browser/patient';
import type { Column, RowAction } from './column';
import { HeaderCell, type Sorting } from './header-cell';
import { RowMenu } from './row-menu';
import { BodyRow, MENU, PlainBody, SELECT, type BodyProps } from './table-body';
import { useEdges } from './use-edges';
import classes from './list.module.css';

// Few tables are long enough to need it.
const VirtualBody = lazy(patient(() => import('./virtual-body')));
const FIRST_ROWS = 40;

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
  /** Of the scrolled box, unless the page's frame gives it its height (`DataList`, `FillPage`). */
  maxHeight?: number | string;
  /** Begins at the top again when this changes, such as the page's number. */
  scrollKey?: string | number;
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
    scrollKey,
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const edges = useEdges(scroller);
  const shownKey = useRef(scrollKey);
  useEffect(() => {
    if (shownKey.current === scrollKey) return;
    shownKey.current = scrollKey;
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [scrollKey]);
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
              <>
                <VisuallyHidden>Selection</VisuallyHidden>
                <Checkbox
                  size="xs"
                  aria-label="Select all rows"
                  checked={table.getIsAllRowsSelected()}
                  indeterminate={table.getIsSomeRowsSelected()}
                  onChange={table.getToggleAllRowsSelectedHandler()}
                />
              </>
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
  const mainId = visible[0]?.id;
  const body: BodyProps = {
    count: all.length,
    span: definitions.length,
    onOpen: (index) => {
      const row = all[index];
      if (row) onOpen?.(row.original);
    },
    onToggle: (index) => {
      if (selection) all[index]?.toggleSelected();
    },
    renderRow: (index, isCurrent) => {
      const row = all[index];
      return (
        row && (
          <BodyRow
            key={row.id}
            row={row}
            isCurrent={isCurrent}
            mainId={mainId}
            isSelectable={Boolean(selection)}
            onOpen={onOpen}
          />
        )
      );
    },
    before: totals && (
      <Table.Tr className={classes.totals}>
        {table.getVisibleFlatColumns().map(({ id, columnDef }) => {
          const column = visible.find((each) => each.id === id);
          return (
            <Table.Td key={id} ta={columnDef.meta?.align} data-main={id === mainId || undefined}>
              {column && totals(column)}
            </Table.Td>
          );
        })}
      </Table.Tr>
    ),
  };

  return (
    <div
      ref={scroller}
      className={classes.scroller}
      style={{ maxHeight }}
      data-scroll-restoration-id={`table-${label}`}
      data-dimmed={props.isDimmed || undefined}
      data-more-left={edges.left || undefined}
      data-more-right={edges.right || undefined}
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
                  isMain={header.column.id === mainId}
                  sorting={sorting}
                >
                  {flexRender(header.column.columnDef.header, header.getContext())}
                </HeaderCell>
              ))}
            </Table.Tr>
          ))}
        </Table.Thead>
        {isVirtual ? (
          // Until it is there, the first rows: the table has its height at once.
          <Suspense fallback={<PlainBody {...body} count={Math.min(all.length, FIRST_ROWS)} />}>
            <VirtualBody {...body} scroller={scroller} onEnd={onEnd} />
          </Suspense>
        ) : (
          <PlainBody {...body} />
        )}
      </Table>
    </div>
  );
}
