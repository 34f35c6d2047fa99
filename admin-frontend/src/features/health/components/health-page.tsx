/** How often destinations changed their health, how each stood last, and the history of one. */
import { Button, Card, Stack, Table, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { PageHeader } from '@/components/ui/display/page-header';
import { StatusBadge } from '@/components/ui/display/status-badge';
import { Time } from '@/components/ui/display/time';
import { EntityName } from '@/components/ui/entity/entity-name';
import { ErrorNotice, Notice } from '@/components/ui/feedback/pages';
import { May } from '@/components/ui/feedback/may';
import { notifyFailure } from '@/components/ui/feedback/notify';
import type { Column } from '@/components/ui/list/column';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { DataTable } from '@/components/ui/list/data-table';
import { DetailDrawer } from '@/components/ui/overlay/detail-drawer';
import { PeriodPicker } from '@/components/ui/period/period-picker';
import { usePeriod } from '@/components/ui/period/use-period';
import { downloadFile } from '@/lib/api/download';
import { formatCount, NOTHING } from '@/lib/format/numbers';
import { useUrlSearch } from '@/lib/list/use-url-search';
import type { PeriodSearch } from '@/lib/time/period';
import { useHealthHistory } from '../api/health-history';
import { useHealthReport, type HealthRow } from '../api/health-report';

export type HealthSearch = PeriodSearch & { open?: string };

const columns: Column<HealthRow>[] = [
  {
    id: 'name',
    header: 'Destination',
    isFixed: true,
    cell: ({ destination, destination_name }) => (
      <EntityName kind="destination" id={destination} name={destination_name} />
    ),
  },
  { id: 'last', header: 'Now', width: 110, cell: ({ last_state }) => <StatusBadge status={last_state} /> },
  {
    id: 'outages',
    header: 'Outages',
    width: 90,
    align: 'right',
    cell: ({ outages }) => formatCount(outages),
  },
  {
    id: 'transitions',
    header: 'Changes',
    width: 90,
    align: 'right',
    cell: ({ transitions }) => formatCount(transitions),
  },
  { id: 'nodes', header: 'Nodes', width: 80, align: 'right', cell: ({ nodes }) => formatCount(nodes) },
  {
    id: 'at',
    header: 'Last change',
    width: 160,
    cell: ({ last_at }) => <Time at={last_at} precision="second" />,
  },
  {
    id: 'by',
    header: 'Said by',
    width: 120,
    cell: ({ last_node }) => <EntityName kind="node" id={last_node} />,
  },
  {
    id: 'error',
    header: 'Last error',
    width: 240,
    cell: ({ last_error }) => (
      <Text span size="sm" truncate display="block" maw={320} title={last_error}>
        {last_error || NOTHING}
      </Text>
    ),
  },
];

export function HealthPage({ search }: { search: HealthSearch }) {
  const url = useUrlSearch(search);
  const { range, zone, days } = usePeriod(search);
  const asked = { ...range, timezone: zone };
  const { data, error, refetch } = useHealthReport(asked);

  function save() {
    downloadFile(
      '/api/reports/health',
      { ...asked, format: 'csv' },
      `health-${days.first}-${days.last}.csv`,
    ).catch((failure: unknown) => notifyFailure('The file was not saved', failure));
  }

  return (
    <>
      <PageHeader
        title="Destination health"
        description="How often destinations failed their probes, and how each stood last."
        actions={
          <>
            <PeriodPicker search={search} onChange={url.change} />
            <Button variant="default" leftSection={<IconDownload size={16} />} onClick={save}>
              CSV
            </Button>
          </>
        }
      />
      {error && !data ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : (
        <Card p={0}>
          {!data ? (
            <ListSkeleton />
          ) : data.items.length === 0 ? (
            <Notice title="No destination changed its health in these days">
              Destinations are probed where their health check is on.
            </Notice>
          ) : (
            <DataTable
              label="health of destinations"
              columns={columns}
              rows={data.items}
              rowId={({ destination }) => destination}
              rowName={({ destination_name }) => destination_name ?? 'deleted destination'}
              onOpen={({ destination }) => url.change({ open: destination })}
            />
          )}
        </Card>
      )}
      <May permission="logs:read">
        <History id={search.open} range={range} onClose={() => url.change({ open: undefined })} />
      </May>
    </>
  );
}

type HistoryProps = { id: string | undefined; range: { from: string; to: string }; onClose: () => void };

function History({ id, range, onClose }: HistoryProps) {
  const { data, error, refetch } = useHealthHistory(id, range);
  return (
    <DetailDrawer
      isOpen={id !== undefined}
      onClose={onClose}
      title={<>Health of {id && <EntityName kind="destination" id={id} />}</>}
      isReady={data !== undefined}
      error={error}
      onRetry={() => void refetch()}
    >
      <Stack gap={0}>
        {data?.items.length === 0 && <Notice title="No changes in these days" />}
        {data && data.items.length > 0 && (
          <Table.ScrollContainer minWidth={520}>
            <Table aria-label="Changes of health">
              <Table.Thead>
                <Table.Tr>
                  {['Time', 'Said by', 'Was', 'Became', 'Error'].map((title) => (
                    <Table.Th key={title} scope="col">
                      {title}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.items.map(({ at, kind, node_id, previous, current, error: why }) => (
                  <Table.Tr key={`${at} ${kind} ${node_id ?? ''} ${current}`}>
                    <Table.Td style={{ whiteSpace: 'nowrap' }}>
                      <Time at={at} precision="second" />
                    </Table.Td>
                    <Table.Td>
                      {kind === 'agreement' ? 'All nodes together' : <EntityName kind="node" id={node_id} />}
                    </Table.Td>
                    <Table.Td>
                      <StatusBadge status={previous} />
                    </Table.Td>
                    <Table.Td>
                      <StatusBadge status={current} />
                    </Table.Td>
                    <Table.Td style={{ overflowWrap: 'anywhere' }}>{why || NOTHING}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Stack>
    </DetailDrawer>
  );
}
