/** The groups with most of the chosen metric, as a small table. */
import { Card, Group, Table, Text, Title } from '@mantine/core';
import { PageLink } from '@/components/ui/display/page-link';
import { HiddenMoney } from '@/components/ui/display/money';
import { ErrorNotice } from '@/components/ui/feedback/pages';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { signOf } from '@/lib/format/decimal';
import { countryName } from '@/lib/format/country-name';
import { useMasksMoney } from '@/lib/session/me';
import type { PeriodSearch, Range } from '@/lib/time/period';
import type { Metric } from '../api/report-schema';
import { useTop, type TopDimension, type TopRow } from '../api/top';
import { formatMetric, metricValue } from './metric-value';
import classes from './dashboard.module.css';

type Props = {
  title: string;
  dimension: TopDimension;
  metrics: Metric[] | undefined;
  /** Sorted by, and the first column. */
  metric: Metric | undefined;
  columns: string[];
  range: Range;
  zone: string;
  /** The dashboard's own, for the whole list in the report. */
  period: PeriodSearch;
};

function nameOf(row: TopRow, dimension: TopDimension): string {
  switch (dimension) {
    case 'campaign':
      return row.campaign_name ?? (row.campaign ? 'Deleted campaign' : 'No campaign');
    case 'source':
      // Clicks may name a source that nobody has made.
      return row.source_name ?? (row.source || 'No source');
    case 'country':
      return row.country ? countryName(row.country) : 'Unknown';
  }
}

export function TopCard({ title, dimension, metrics, metric, columns, range, zone, period }: Props) {
  const { data, error, refetch, isPlaceholderData } = useTop({
    dimension,
    range,
    zone,
    metric: metric?.name ?? 'clicks',
  });
  const isMasked = useMasksMoney();
  const report = { ...period, by: dimension, sort: `-${metric?.name ?? 'clicks'}` };
  const names = [...new Set([metric?.name ?? 'clicks', ...columns])].slice(0, columns.length);
  const shown = names.flatMap((name) => metrics?.find((each) => each.name === name) ?? []);

  function cell(row: TopRow, { name, unit, is_money }: Metric) {
    if (isMasked && is_money) return <HiddenMoney />;
    const value = metricValue(row, name);
    const sign = (name === 'profit' || name === 'roi') && value !== null ? signOf(String(value)) : 0;
    const color = sign > 0 ? 'var(--tf-good)' : sign < 0 ? 'var(--tf-bad)' : undefined;
    return <span style={{ color }}>{formatMetric(value, unit, data?.currency ?? 'USD')}</span>;
  }

  return (
    <Card padding={0} aria-busy={!data}>
      <Group justify="space-between" px="md" py="xs">
        <Title order={2} fz={14}>
          {title}
        </Title>
        <PageLink to="/reports" search={report} label={`${title} in the report`}>
          Report
        </PageLink>
      </Group>
      {error && !data ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : !data || !metrics ? (
        <div className={classes.rows}>
          <ListSkeleton rows={6} />
        </div>
      ) : data.items.length === 0 ? (
        <Text size="sm" c="dimmed" px="md" pb="md">
          Nothing in this period.
        </Text>
      ) : (
        <div className={classes.rows} style={{ opacity: isPlaceholderData ? 0.6 : undefined }}>
          {/* Scrolls on phones, so it can be reached by keyboard. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <div className={classes.scroller} tabIndex={0} role="region" aria-label={`${title}, table`}>
            <Table aria-label={title} className={classes.top}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Name</Table.Th>
                  {shown.map(({ name, title: header }) => (
                    <Table.Th key={name} scope="col" ta="right">
                      {header}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.items.map((row) => (
                  <Table.Tr key={row[dimension] ?? ''}>
                    <Table.Th scope="row" fw={500}>
                      {dimension === 'campaign' && row.campaign && row.campaign_name ? (
                        <PageLink to="/campaigns/$id" params={{ id: row.campaign }}>
                          {row.campaign_name}
                        </PageLink>
                      ) : (
                        nameOf(row, dimension)
                      )}
                    </Table.Th>
                    {shown.map((each) => (
                      <Table.Td key={each.name} ta="right">
                        {cell(row, each)}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        </div>
      )}
    </Card>
  );
}
