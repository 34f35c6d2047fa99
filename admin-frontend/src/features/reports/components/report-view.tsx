/** Chart and table of the report, with everything that is chosen in them. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconDownload, IconRefresh } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { notifyFailure } from '@/components/ui/feedback/notify';
import { ErrorNotice, Notice } from '@/components/ui/feedback/pages';
import { ListSkeleton } from '@/components/ui/list/list-skeleton';
import { formatCount, plural } from '@/lib/format/numbers';
import { formatInstant } from '@/lib/time/format';
import { useCurrency, useMasksMoney } from '@/lib/session/me';
import { useReport } from '../api/query-report';
import { downloadReport, MOST_ROWS, useAllRows } from '../api/stream-report';
import { backTo } from '../model/drill';
import { compared, figuresOf, rowsOfJson } from '../model/rows';
import { totalsOf, without } from '../model/totals';
import { ChartControls, ReportChart } from './report-chart';
import { useReportPage } from './report-context';
import type { FootLine } from './report-foot';
import { ReportNotes } from './report-notes';
import { ReportTable } from './report-table';
import classes from './reports.module.css';
import { SelectionBar } from './selection-bar';

const PAGE = 500;
const READ_FROM: Record<string, string> = {
  raw: 'read from the events',
  rollup: 'read from hours added up before',
  mixed: 'read from hours added up before and from events',
};

type Selection = { of: string; ids: ReadonlySet<string> };
const NOBODY: ReadonlySet<string> = new Set();

export function ReportView() {
  const page = useReportPage();
  const { state, change, request, grouped, dimensions, metrics, schema, days, zone } = page;
  const client = useQueryClient();
  const workspaceCurrency = useCurrency();
  const isMasked = useMasksMoney();
  const isPhone = useMediaQuery('(max-width: 48em)') ?? false;
  const query = useReport({ ...request, limit: PAGE, with_total: true });
  const { data, error } = query;
  const total = data?.total ?? 0;
  const isMore = total > PAGE && !query.isPlaceholderData;
  const all = useAllRows(
    request,
    useMemo(() => schema.metrics.map(({ name }) => name), [schema]),
    isMore,
  );
  const name = JSON.stringify(request.group_by) + JSON.stringify(request.filters);
  const [selection, setSelection] = useState<Selection>({ of: name, ids: NOBODY });
  const [isSaving, setSaving] = useState(false);
  const ids = selection.of === name ? selection.ids : NOBODY;

  // The last report stays while another one is on its way, unless that has other dimensions.
  const isOther = data !== undefined && data.group_by.join() !== grouped.join();
  const rows = useMemo(() => {
    const first =
      data && !isOther
        ? rowsOfJson(
            data.items,
            grouped,
            schema.metrics.map((each) => each.name),
          )
        : [];
    const streamed = isMore ? (all.data ?? []) : [];
    return streamed.length >= first.length ? streamed : first;
  }, [data, isOther, grouped, schema, isMore, all.data]);

  const columns = useMemo(
    () => state.columns.flatMap((each) => metrics.get(each) ?? []),
    [state.columns, metrics],
  );
  const shownDimensions = useMemo(
    () => grouped.flatMap((each) => dimensions.get(each) ?? []),
    [grouped, dimensions],
  );
  const currency = data?.currency ?? workspaceCurrency;
  const chosen = useMemo(() => (ids.size === 0 ? [] : rows.filter(({ id }) => ids.has(id))), [rows, ids]);
  const totals = useMemo(() => {
    const names = schema.metrics.map((each) => each.name);
    return data?.totals
      ? { figures: figuresOf(data.totals, names), ...compared(data.totals, names) }
      : undefined;
  }, [data, schema]);
  const ofChosen = useMemo(() => totalsOf(chosen, schema.metrics), [chosen, schema]);
  const ofOthers = useMemo(
    () => (totals ? without(totals.figures, ofChosen, schema.metrics) : {}),
    [totals, ofChosen, schema],
  );
  const foot = useMemo(
    (): FootLine[] => [
      ...(chosen.length > 0
        ? [
            { of: 'selection' as const, label: 'Selection', figures: ofChosen },
            { of: 'others' as const, label: 'Everything else', figures: ofOthers },
          ]
        : []),
      ...(totals
        ? [
            {
              of: 'all' as const,
              label: `Total of ${formatCount(total)}`,
              figures: totals.figures,
              change: totals.change,
            },
          ]
        : []),
    ],
    [chosen.length, ofChosen, ofOthers, totals, total],
  );

  async function download() {
    setSaving(true);
    try {
      await downloadReport(request, `${grouped.join('-')}_${days.first}_${days.last}.csv`);
    } catch (failure) {
      notifyFailure('The report was not downloaded', failure);
    } finally {
      setSaving(false);
    }
  }

  if (error && (!data || query.isPlaceholderData))
    return (
      <div className={classes.frame}>
        <ErrorNotice error={error} onRetry={() => void query.refetch()} />
      </div>
    );

  const isEmpty = data !== undefined && !query.isPlaceholderData && data.items.length === 0;
  return (
    <Stack gap="xs">
      <ReportNotes notes={data} />
      {chosen.length > 0 ? (
        <SelectionBar
          rows={chosen}
          total={totals?.figures ?? {}}
          others={ofOthers}
          currency={currency}
          onClear={() => setSelection({ of: name, ids: NOBODY })}
        />
      ) : (
        <Group mih={36} justify="space-between" gap="xs">
          <ChartControls />
          <Group gap="xs">
            <Button
              variant="default"
              size="xs"
              leftSection={<IconRefresh size={14} />}
              loading={query.isFetching && !query.isPending}
              onClick={() => void client.invalidateQueries({ queryKey: ['reports'] })}
            >
              Refresh
            </Button>
            <Button
              variant="default"
              size="xs"
              leftSection={<IconDownload size={14} />}
              loading={isSaving}
              onClick={() => void download()}
            >
              CSV
            </Button>
          </Group>
        </Group>
      )}
      {!isEmpty && state.chart !== 'off' && (
        <div className={classes.frame} style={{ padding: '8px 12px' }}>
          <ReportChart rows={rows} currency={currency} />
        </div>
      )}
      <div className={classes.frame} aria-busy={query.isFetching}>
        {!data || isOther ? (
          <ListSkeleton rows={10} />
        ) : isEmpty ? (
          <Nothing />
        ) : (
          <>
            <ReportTable
              label="Report"
              name={name}
              rows={rows}
              dimensions={shownDimensions}
              columns={columns}
              heat={state.heat}
              currency={currency}
              isMasked={isMasked}
              isCompared={state.period.compare !== undefined}
              isDimmed={query.isPlaceholderData}
              sort={state.sort}
              onSort={(sort) => change({ sort })}
              selected={ids}
              onSelect={(next) => setSelection({ of: name, ids: next })}
              foot={foot}
              onDrill={(row) => page.drill(row.keys)}
              onBack={() =>
                state.at.length > 0 &&
                change(backTo(state, state.isFlat ? 0 : state.at.length - 1), { isStep: true })
              }
              isPhone={isPhone}
            />
            <div className={classes.status}>
              <Text size="sm" c="dimmed" className="tabular" role="status">
                {isMore && rows.length < Math.min(total, MOST_ROWS)
                  ? all.error
                    ? `The first ${formatCount(rows.length)} of ${plural(total, 'row')}`
                    : `Loading: ${formatCount(rows.length)} of ${plural(total, 'row')}`
                  : total > MOST_ROWS
                    ? `The first ${formatCount(rows.length)} of ${plural(total, 'row')}. All of them are in the CSV.`
                    : plural(total, 'row')}
              </Text>
              {all.error && (
                <Button size="compact-xs" variant="default" onClick={() => void all.refetch()}>
                  Load the rest again
                </Button>
              )}
              <Text size="xs" c="dimmed" visibleFrom="md">
                ↑ ↓ move · Enter goes into a row · Backspace goes back · Space selects · M actions
              </Text>
              <Text size="xs" c="dimmed" ml="auto" title={READ_FROM[data.read_from]}>
                {formatInstant(query.dataUpdatedAt, zone).slice(11)} {zone} ·{' '}
                {READ_FROM[data.read_from] ?? data.read_from}
              </Text>
            </div>
          </>
        )}
      </div>
    </Stack>
  );
}

function Nothing() {
  const { state, change } = useReportPage();
  const isNarrowed = state.filters.length + state.having.length + state.at.length > 0;
  return isNarrowed ? (
    <Notice
      title="Nothing is left"
      actions={
        <Button
          variant="default"
          onClick={() => change({ filters: [], having: [], at: [] }, { isStep: true })}
        >
          Clear all filters
        </Button>
      }
    >
      No click or conversion of this period fits all filters and limits.
    </Notice>
  ) : (
    <Notice
      title="Nothing happened in this period"
      actions={
        <Button
          variant="default"
          onClick={() =>
            change({ period: { ...state.period, period: 'last_30_days', from: undefined, to: undefined } })
          }
        >
          Show the last 30 days
        </Button>
      }
    >
      Send a click through a campaign&apos;s link, and it is here a few seconds later.
    </Notice>
  );
}
