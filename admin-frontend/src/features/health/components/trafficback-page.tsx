/** Clicks that no stream could serve: why, and how many were saved all the same. */
import { Button, Card, Progress, SimpleGrid, Table, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { TextLink } from '@/components/ui/display/links';
import { PageHeader } from '@/components/ui/display/page-header';
import { StatTile } from '@/components/ui/display/stat-tile';
import { words } from '@/components/ui/display/status-badge';
import { ErrorNotice, Notice } from '@/components/ui/feedback/pages';
import { notifyFailure } from '@/components/ui/feedback/notify';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { PeriodPicker } from '@/components/ui/period/period-picker';
import { usePeriod } from '@/components/ui/period/use-period';
import { downloadFile } from '@/lib/api/download';
import { formatCount, formatPercent } from '@/lib/format/numbers';
import { useUrlSearch } from '@/lib/list/use-url-search';
import type { PeriodSearch } from '@/lib/time/period';
import { useTrafficback } from '../api/trafficback-report';

const REASONS: Record<string, string> = {
  no_matching_stream: 'No stream of the campaign lets such a visitor in',
  no_destination_available: 'No target of the stream could take the click',
  destination_disabled: 'The destination is paused or archived',
  destination_unhealthy: 'The destination does not answer',
  cap_reached: 'A cap is full',
  geo_not_allowed: 'The visitor’s country is not let in',
  device_not_allowed: 'The visitor’s device is not let in',
  bot_or_low_quality: 'It looks like a machine',
  schedule_closed: 'Outside of its hours',
  all_destinations_seen: 'The visitor has seen every target',
  link_expired: 'A signed link that has expired',
  link_invalid: 'A signed link that is not ours',
  link_replayed: 'A signed link that was used before',
  timeout_or_error: 'It took too long, or something broke',
};

export function TrafficbackPage({ search }: { search: PeriodSearch }) {
  const url = useUrlSearch(search);
  const { range, zone, days } = usePeriod(search);
  const asked = { ...range, timezone: zone };
  const { data, error, refetch } = useTrafficback(asked);
  const rows = data?.items;
  const clicks = rows?.reduce((sum, row) => sum + row.clicks, 0) ?? 0;
  const redirected = rows?.reduce((sum, row) => sum + row.redirected, 0) ?? 0;
  const { period, from, to, tz } = search;

  function save() {
    downloadFile(
      '/api/reports/trafficback',
      { ...asked, format: 'csv' },
      `trafficback-${days.first}-${days.last}.csv`,
    ).catch((failure: unknown) => notifyFailure('The file was not saved', failure));
  }

  return (
    <>
      <PageHeader
        title="Trafficback"
        description="Clicks that no stream could serve, by reason."
        actions={
          <>
            <PeriodPicker search={search} onChange={url.change} />
            <Button variant="default" leftSection={<IconDownload size={16} />} onClick={save}>
              CSV
            </Button>
          </>
        }
      />
      {error && !rows ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : (
        <>
          <SimpleGrid cols={{ base: 2, sm: 3 }} mb="md">
            <StatTile label="Not routed" value={formatCount(clicks)} isLoading={!rows} />
            <StatTile
              label="Sent somewhere all the same"
              value={`${formatCount(redirected)}${clicks > 0 ? ` (${formatPercent((100 * redirected) / clicks, 1)})` : ''}`}
              isLoading={!rows}
            />
            <StatTile label="Lost" value={formatCount(clicks - redirected)} isLoading={!rows} />
          </SimpleGrid>
          <Card p={0}>
            {!rows ? (
              <ListSkeleton />
            ) : rows.length === 0 ? (
              <Notice title="Every click was routed">No click went to trafficback in these days.</Notice>
            ) : (
              <Table.ScrollContainer minWidth={720}>
                <Table aria-label="Reasons">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">Reason</Table.Th>
                      <Table.Th scope="col" w={180}>
                        Share
                      </Table.Th>
                      <Table.Th scope="col" ta="right">
                        Clicks
                      </Table.Th>
                      <Table.Th scope="col" ta="right">
                        Sent somewhere
                      </Table.Th>
                      <Table.Th scope="col" ta="right">
                        Campaigns
                      </Table.Th>
                      <Table.Th scope="col" ta="right">
                        Deepest round
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {rows.map((row) => (
                      <Table.Tr key={row.reason}>
                        <Table.Td>
                          <Text size="sm" fw={500}>
                            {words(row.reason)}
                          </Text>
                          <Text size="xs" c="dimmed">
                            {REASONS[row.reason]}
                          </Text>
                        </Table.Td>
                        <Table.Td>
                          <Progress
                            value={(100 * row.clicks) / clicks}
                            size="sm"
                            aria-label={`Share of ${words(row.reason)}`}
                          />
                        </Table.Td>
                        <Table.Td ta="right">{formatCount(row.clicks)}</Table.Td>
                        <Table.Td ta="right">{formatCount(row.redirected)}</Table.Td>
                        <Table.Td ta="right">{formatCount(row.campaigns)}</Table.Td>
                        <Table.Td ta="right">{formatCount(row.max_depth)}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            )}
          </Card>
          <Text size="sm" mt="sm">
            <TextLink
              to="/clicks"
              search={{ period, from, to, tz, filters: { decision: 'trafficback,fallback,no_route' } }}
            >
              These clicks in the click log
            </TextLink>
          </Text>
        </>
      )}
    </>
  );
}
