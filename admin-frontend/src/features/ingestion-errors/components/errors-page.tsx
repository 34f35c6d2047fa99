/** Events that could not be taken in: found, repaired, put in again, or dismissed. */
import { Tabs } from '@mantine/core';
import { IconCircleOff } from '@tabler/icons-react';
import { PageHeader } from '@/components/ui/display/page-header';
import { DataList } from '@/components/ui/list/data-list';
import { FilterBar } from '@/components/ui/list/filter-bar';
import { PeriodPicker } from '@/components/ui/period/period-picker';
import { usePeriod } from '@/components/ui/period/use-period';
import { plural } from '@/lib/format/numbers';
import { filtersRequest, type FilterField } from '@/lib/list/filters';
import type { LogSearch } from '@/lib/list/log-search';
import { listRequest } from '@/lib/list/search';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { notifyDone } from '@/components/ui/feedback/notify';
import { useMay } from '@/lib/session/me';
import { useDismissIngestionError } from '../api/dismiss-ingestion-error';
import { useIngestionErrors } from '../api/list-ingestion-errors';
import { BulkReingest } from './bulk-reingest';
import { errorColumns } from './error-columns';
import { ErrorDrawer } from './error-drawer';
import { ErrorKinds } from './error-kinds';
import { TOPICS } from './topics';

export type ErrorsSearch = LogSearch & { tab?: 'kinds' };

const FILTERS: FilterField[] = [
  {
    key: 'state',
    label: 'State',
    kind: 'choice',
    choices: [
      { value: 'new', label: 'New' },
      { value: 'reingested', label: 'Put in again' },
      { value: 'dismissed', label: 'Dismissed' },
    ],
  },
  { key: 'topic', label: 'Topic', kind: 'choice', choices: TOPICS },
  { key: 'node_id', label: 'Node', kind: 'entity', entity: 'node' },
];

export function ErrorsPage({ search }: { search: ErrorsSearch }) {
  const url = useUrlSearch(search);
  const { range } = usePeriod(search);
  const mayReport = useMay('reports:read');
  return (
    <>
      <PageHeader
        title="Ingestion errors"
        description="Events of nodes that the warehouse could not take."
        actions={<PeriodPicker search={search} onChange={url.change} />}
      />
      <Tabs
        value={search.tab ?? 'messages'}
        onChange={(tab) => url.change({ tab: tab === 'kinds' ? 'kinds' : undefined })}
      >
        {mayReport && (
          <Tabs.List mb="sm">
            <Tabs.Tab value="messages">Messages</Tabs.Tab>
            <Tabs.Tab value="kinds">By kind</Tabs.Tab>
          </Tabs.List>
        )}
        <Tabs.Panel value="messages">
          <Messages search={search} />
        </Tabs.Panel>
        <Tabs.Panel value="kinds">
          <ErrorKinds range={range} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function Messages({ search }: { search: ErrorsSearch }) {
  const url = useUrlSearch(search);
  const { range } = usePeriod(search);
  const filters = filtersRequest(FILTERS, search.filters);
  const { limit, offset, q } = listRequest(search);
  const query = useIngestionErrors({ limit, offset, q, ...range, filters });
  const mayOperate = useMay('operate');
  const { mutateAsync: dismiss } = useDismissIngestionError();
  return (
    <>
      <DataList
        name="ingestion-errors"
        noun="ingestion errors"
        columns={errorColumns}
        query={query}
        url={url}
        rowId={({ id }) => id}
        rowName={({ topic, error }) => `${topic}: ${error ?? ''}`}
        onOpen={({ id }) => url.change({ open: id })}
        bulk={
          mayOperate
            ? [
                {
                  label: 'Dismiss',
                  icon: <IconCircleOff size={15} />,
                  ask: (rows) =>
                    `${plural(rows.length, 'message')} will not be put in again. They stay in this list.`,
                  run: async (rows) => {
                    for (const { id } of rows) await dismiss(id);
                    notifyDone(`${plural(rows.length, 'message')} dismissed`);
                  },
                },
              ]
            : undefined
        }
        filters={
          <>
            <FilterBar
              fields={FILTERS}
              filters={search.filters}
              onChange={(next) => url.change({ filters: next })}
            />
            {mayOperate && (query.data?.total ?? 0) > 0 && (
              <BulkReingest filters={filters} q={q} range={range} total={query.data?.total ?? 0} />
            )}
          </>
        }
        empty={{
          title: 'No ingestion errors in these days',
          text: 'Every event was taken in. There is nothing to do here.',
        }}
      />
      <ErrorDrawer id={search.open} onClose={() => url.change({ open: undefined })} />
    </>
  );
}
