/** What clicks of a day, week or month brought in, by days since the click. */
import { Box, Group, NumberInput, Select, Stack, Switch, Table, Text } from '@mantine/core';
import { useMemo } from 'react';
import { Money } from '@/components/ui/display/money';
import { ErrorNotice, Notice } from '@/components/ui/feedback/pages';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { forDrawing } from '@/lib/format/decimal';
import { formatCount, formatMoney, NOTHING } from '@/lib/format/numbers';
import { formatDay } from '@/lib/time/format';
import { useMasksMoney } from '@/lib/session/me';
import { useCohortReport } from '../api/cohort-report';
import { asParameters } from '../model/filter';
import { pathFilters } from '../model/drill';
import { heatColor } from '../model/heat';
import type { Cohort } from '../model/state';
import { LeftOut } from './left-out';
import { useReportPage } from './report-context';
import { ReportNotes } from './report-notes';
import classes from './reports.module.css';

const BY = [
  { value: 'day', label: 'Days' },
  { value: 'week', label: 'Weeks' },
  { value: 'month', label: 'Months' },
] as const satisfies { value: Cohort['by']; label: string }[];

const METRICS = ['conversions', 'leads', 'sales', 'rejected', 'holds', 'revenue', 'revenue_pending'] as const;

export function CohortTab() {
  const { state, change, within, metrics } = useReportPage();
  const isMasked = useMasksMoney();
  const { cohort } = state;
  const { filter, left } = useMemo(() => asParameters([...pathFilters(state), ...state.filters]), [state]);
  const { data, error, isPlaceholderData, refetch } = useCohortReport({ ...within, filter, ...cohort });
  const set = (part: Partial<Cohort>) => change({ cohort: { ...cohort, ...part } });
  const high = useMemo(
    () =>
      Math.max(0, ...(data?.items ?? []).flatMap(({ cells }) => cells.map((cell) => forDrawing(cell) ?? 0))),
    [data],
  );

  const cell = (value: string | number | null) =>
    value === null
      ? NOTHING
      : typeof value === 'number'
        ? formatCount(value)
        : formatMoney(value, data?.currency ?? 'USD');

  return (
    <Stack gap="xs">
      <LeftOut count={left} />
      <ReportNotes notes={data} />
      <Group gap="xs" align="flex-end">
        <Select
          label="Cohorts of"
          size="xs"
          w={110}
          allowDeselect={false}
          data={BY}
          value={cohort.by}
          onChange={(value) => {
            const found = BY.find((each) => each.value === value);
            if (found) set({ by: found.value });
          }}
        />
        <Select
          label="Figure"
          size="xs"
          w={160}
          allowDeselect={false}
          data={METRICS.filter((name) => !(isMasked && metrics.get(name)?.is_money)).map((name) => ({
            value: name,
            label: metrics.get(name)?.title ?? name,
          }))}
          value={cohort.metric}
          onChange={(value) => {
            const found = METRICS.find((each) => each === value);
            if (found) set({ metric: found });
          }}
        />
        <NumberInput
          label="Days since the click"
          size="xs"
          w={140}
          min={0}
          max={90}
          allowDecimal={false}
          clampBehavior="strict"
          value={cohort.days}
          onChange={(value) => typeof value === 'number' && set({ days: value })}
        />
        <Switch
          size="xs"
          mb={6}
          label="Added up"
          checked={cohort.cumulative}
          onChange={(event) => set({ cumulative: event.currentTarget.checked })}
        />
      </Group>
      <div className={classes.frame} style={{ opacity: isPlaceholderData ? 0.6 : undefined }}>
        {error && !data ? (
          <ErrorNotice error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <ListSkeleton />
        ) : data.items.length === 0 ? (
          <Notice title="No clicks in this period">Choose a longer period, or fewer filters.</Notice>
        ) : (
          <Box
            style={{ overflow: 'auto', maxHeight: '70vh' }}
            tabIndex={0}
            role="region"
            aria-label="Cohorts"
          >
            <Table className={classes.cohorts} stickyHeader aria-label="Cohorts by days since the click">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col" data-pin style={{ zIndex: 2 }}>
                    Clicked
                  </Table.Th>
                  <Table.Th scope="col" ta="right">
                    Clicks
                  </Table.Th>
                  <Table.Th scope="col" ta="right">
                    Cost
                  </Table.Th>
                  {Array.from({ length: data.days + 1 }, (_, day) => (
                    <Table.Th key={day} scope="col" ta="right">
                      Day {day}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.items.map((row) => (
                  <Table.Tr key={row.cohort}>
                    <Table.Th scope="row" fw={500} data-pin>
                      {data.by === 'month'
                        ? row.cohort
                        : data.by === 'week'
                          ? `Week of ${formatDay(row.cohort)}`
                          : formatDay(row.cohort)}
                    </Table.Th>
                    <Table.Td ta="right">{formatCount(row.clicks)}</Table.Td>
                    <Table.Td ta="right">
                      <Money amount={row.cost} currency={data.currency} />
                    </Table.Td>
                    {row.cells.map((value, day) => (
                      <Table.Td
                        key={day}
                        ta="right"
                        style={{
                          background: value === null ? undefined : heatColor(String(value), { low: 0, high }),
                          color: value === null ? 'var(--mantine-color-dimmed)' : undefined,
                        }}
                      >
                        {cell(value)}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Box>
        )}
      </div>
      <Text size="xs" c="dimmed">
        Only conversions that are tied to a click, by the time of the click. “{NOTHING}”: that day has not
        begun for any of these clicks.
      </Text>
    </Stack>
  );
}
