/** The rows of a table: which are drawn is for `PlainBody` (all) or `VirtualBody` (those in sight) to say. */
import { Table } from '@mantine/core';
import { flexRender, type Row as TableRow } from '@tanstack/react-table';
import type { MouseEvent, ReactNode } from 'react';
import { useRowKeys } from './use-row-keys';
import classes from './list.module.css';

export const SELECT = '_select';
export const MENU = '_menu';

export type BodyProps = {
  count: number;
  /** Columns, tools included. */
  span: number;
  /** A row over all. */
  before?: ReactNode;
  renderRow: (index: number, isCurrent: boolean) => ReactNode;
  onOpen: (index: number) => void;
  onToggle: (index: number) => void;
};

const stay = () => undefined;

export function PlainBody({ count, before, renderRow, onOpen, onToggle }: BodyProps) {
  const { body, current, onKeyDown, onFocus } = useRowKeys({ count, scrollTo: stay, onOpen, onToggle });
  return (
    <Table.Tbody ref={body} onKeyDown={onKeyDown} onFocus={onFocus}>
      {before}
      {Array.from({ length: count }, (_, index) => renderRow(index, index === current))}
    </Table.Tbody>
  );
}

type RowProps<Row> = {
  row: TableRow<Row>;
  isCurrent: boolean;
  mainId: string | undefined;
  isSelectable: boolean;
  onOpen?: (row: Row) => void;
};

export function BodyRow<Row>({ row, isCurrent, mainId, isSelectable, onOpen }: RowProps<Row>) {
  function click({ target }: MouseEvent) {
    const isControl =
      target instanceof Element && target.closest('a,button,input,label,[role="menu"],[data-portal]');
    const isMarking = (window.getSelection()?.toString() ?? '') !== '';
    if (onOpen && !isControl && !isMarking) onOpen(row.original);
  }
  return (
    <Table.Tr
      className={classes.row}
      data-row={row.index}
      tabIndex={isCurrent ? 0 : -1}
      aria-rowindex={row.index + 2}
      aria-selected={isSelectable ? row.getIsSelected() : undefined}
      data-selected={row.getIsSelected() || undefined}
      data-opens={onOpen ? true : undefined}
      onClick={click}
    >
      {row.getVisibleCells().map((cell) => (
        <Table.Td
          key={cell.id}
          ta={cell.column.columnDef.meta?.align}
          data-main={cell.column.id === mainId || undefined}
          data-tool={cell.column.id === SELECT || cell.column.id === MENU || undefined}
        >
          {flexRender(cell.column.columnDef.cell, cell.getContext())}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}
