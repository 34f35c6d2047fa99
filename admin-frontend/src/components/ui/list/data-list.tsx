/**
 * A list of the API as a page's middle: search, filters, columns, selection with bulk actions, pages, and the states
 * loading, empty, failed and forbidden. What it shows is in the URL (`useUrlSearch`), what is hidden in the browser.
 */
import { Button } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import type { Page } from '@/lib/api/page';
import { DEFAULT_SIZE, isNarrowed, type ListSearch } from '@/lib/list/search';
import type { UrlSearch } from '@/lib/list/use-url-search';
import { ErrorNotice, Notice } from '../feedback/pages';
import { BulkBar } from './bulk-bar';
import type { BulkAction, Column, RowAction } from './column';
import { ColumnChooser, useHiddenColumns } from './column-chooser';
import { DataTable } from './data-table';
import { ListFoot } from './list-foot';
import { ListSkeleton } from './list-skeleton';
import { ListSearchField, ListToolbar } from './list-toolbar';
import classes from './list.module.css';

type Props<Row, S extends ListSearch> = {
  /** Under this name the browser remembers its columns. */
  name: string;
  /** In lower case, plural: "traffic sources". */
  noun: string;
  columns: Column<Row>[];
  query: UseQueryResult<Page<Row>>;
  url: UrlSearch<S>;
  rowId: (row: Row) => string;
  rowName: (row: Row) => string;
  onOpen?: (row: Row) => void;
  rowActions?: (row: Row) => RowAction[];
  bulk?: BulkAction<Row>[];
  filters?: ReactNode;
  /** False for lists that cannot be searched by text. */
  hasSearch?: boolean;
  defaultSort?: { sort: string; order: 'asc' | 'desc' };
  /** Shown when there is nothing at all yet: what it is for, and the next step. */
  empty: { title: string; text: ReactNode; action?: ReactNode };
};

export function DataList<Row, S extends ListSearch>(props: Props<Row, S>) {
  const { name, noun, columns, query, rowId, rowName, bulk, filters, hasSearch = true, empty } = props;
  const { search, clear } = props.url;
  const change = (part: ListSearch) => props.url.change({ ...search, page: undefined, ...part });
  const { hidden, show } = useHiddenColumns(name, columns);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { data, error } = query;
  const rows = data?.items;
  const chosen = useMemo(
    () => (rows ?? []).filter((row) => selected.has(rowId(row))),
    [rows, selected, rowId],
  );
  const selection = useMemo(
    () =>
      bulk && bulk.length > 0 ? { selected: new Set(chosen.map(rowId)), change: setSelected } : undefined,
    [bulk, chosen, rowId],
  );
  const sorting = {
    sort: search.sort ?? props.defaultSort?.sort,
    order: search.sort ? search.order : (search.order ?? props.defaultSort?.order),
    change: (sort: string, order: 'asc' | 'desc') => change({ sort, order }),
  };

  let body: ReactNode;
  if (error && !data) {
    body = <ErrorNotice error={error} onRetry={() => void query.refetch()} />;
  } else if (!data) {
    body = <ListSkeleton />;
  } else if (data.items.length === 0) {
    body = isNarrowed(search) ? (
      <Notice
        title={`No ${noun} match`}
        actions={
          <Button variant="default" onClick={clear}>
            Clear search and filters
          </Button>
        }
      >
        Nothing fits what you search or filter by.
      </Notice>
    ) : (
      <Notice title={empty.title} actions={empty.action}>
        {empty.text}
      </Notice>
    );
  } else {
    body = (
      <DataTable
        label={noun}
        columns={columns}
        rows={data.items}
        rowId={rowId}
        rowName={rowName}
        hidden={hidden}
        sorting={sorting}
        selection={selection}
        rowActions={props.rowActions}
        onOpen={props.onOpen}
        isDimmed={query.isPlaceholderData}
        scrollKey={data.offset}
      />
    );
  }

  return (
    <div className={classes.list} data-fills-page>
      {bulk && chosen.length > 0 ? (
        <BulkBar rows={chosen} actions={bulk} onDone={() => setSelected(new Set())} />
      ) : (
        <ListToolbar end={<ColumnChooser columns={columns} hidden={hidden} onShow={show} />}>
          {hasSearch && (
            <ListSearchField
              placeholder={`Search ${noun}`}
              value={search.q ?? ''}
              onChange={(q) => change({ q: q || undefined })}
            />
          )}
          {filters}
        </ListToolbar>
      )}
      <div className={classes.frame} aria-busy={query.isFetching}>
        {body}
        {data && data.items.length > 0 && (
          <ListFoot
            offset={data.offset}
            size={search.size ?? DEFAULT_SIZE}
            shown={data.items.length}
            total={data.total}
            isAtLeast={data.isAtLeast}
            onPage={(page) => change({ page })}
            onSize={(size) => change({ size })}
          />
        )}
      </div>
    </div>
  );
}
