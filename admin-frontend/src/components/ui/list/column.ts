/** How a list's columns are described. */
import type { RowData } from '@tanstack/react-table';
import type { ReactNode } from 'react';

export type Column<Row> = {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  align?: 'left' | 'right' | 'center';
  /** Pixels. The first column takes what is left. */
  width?: number;
  /** The API's name to sort by; none: not sortable. */
  sort?: string;
  /** Starts with the larger values. */
  descFirst?: boolean;
  /** Not shown until chosen. */
  isHidden?: boolean;
  /** Always shown. */
  isFixed?: boolean;
};

declare module '@tanstack/react-table' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- the declaration must have the library's parameters
  interface ColumnMeta<TData extends RowData, TValue> {
    align?: 'left' | 'right' | 'center';
    width?: number;
    sort?: string;
    descFirst?: boolean;
    title?: string;
  }
}

/** Something that can be done with a row. `null` entries are left out, so that conditions read well. */
export type RowAction = {
  label: string;
  icon?: ReactNode;
  run: () => void;
  isDangerous?: boolean;
  isDisabled?: boolean;
} | null;

export type BulkAction<Row> = {
  label: string;
  icon?: ReactNode;
  run: (rows: Row[]) => Promise<unknown>;
  isDangerous?: boolean;
  /** Asked before it runs. */
  ask?: (rows: Row[]) => string;
};
