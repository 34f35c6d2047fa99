import { Table, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconArrowsSort } from '@tabler/icons-react';
import type { ColumnMeta } from '@tanstack/react-table';
import type { ReactNode } from 'react';
import classes from './list.module.css';

export type Sorting = {
  sort?: string;
  order?: 'asc' | 'desc';
  change: (sort: string, order: 'asc' | 'desc') => void;
};

type Props = {
  meta: ColumnMeta<never, unknown> | undefined;
  isMain: boolean;
  sorting?: Sorting;
  children: ReactNode;
};

export function HeaderCell({ meta, isMain, sorting, children }: Props) {
  const { sort, align, width, descFirst } = meta ?? {};
  const isSorted = sort !== undefined && sorting?.sort === sort;
  const order = isSorted ? (sorting.order ?? 'asc') : undefined;
  const Arrow = order === 'asc' ? IconArrowUp : order === 'desc' ? IconArrowDown : IconArrowsSort;
  const next = order ? (order === 'asc' ? 'desc' : 'asc') : descFirst ? 'desc' : 'asc';
  return (
    <Table.Th
      scope="col"
      ta={align}
      w={width}
      miw={width}
      data-main={isMain || undefined}
      aria-sort={order === 'asc' ? 'ascending' : order === 'desc' ? 'descending' : undefined}
    >
      {sort && sorting ? (
        <UnstyledButton
          className={classes.sort}
          data-sorted={isSorted || undefined}
          onClick={() => sorting.change(sort, next)}
        >
          {children}
          <Arrow size={13} aria-hidden />
        </UnstyledButton>
      ) : (
        children
      )}
    </Table.Th>
  );
}
