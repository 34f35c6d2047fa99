/** Reports: one state, all of it in the URL, shown as a table, as cohorts or as a funnel. */
import { Group, SegmentedControl, Select, Stack } from '@mantine/core';
import { IconLinkOff } from '@tabler/icons-react';
import { PageHeader } from '@/components/ui/display/page-header';
import { ErrorNotice, PagePending } from '@/components/ui/feedback/pages';
import { PeriodPicker } from '@/components/ui/period/period-picker';
import { useCurrency } from '@/lib/session/me';
import { useReportSchema, type ReportSchema } from '../api/report-schema';
import type { ReportSearch } from '../model/search';
import type { Tab } from '../model/state';
import { CohortTab } from './cohort-tab';
import { ColumnMenu } from './column-menu';
import { DimensionChips } from './dimension-chips';
import { DrillPath } from './drill-path';
import { FilterBar } from './filter-bar';
import { FunnelTab } from './funnel-tab';
import { ReportProvider } from './report-context';
import { ReportView } from './report-view';
import { SavedViewsMenu } from './saved-views-menu';
import { useReportState } from './use-report';
import { Warning } from './warning';

const TABS: { value: Tab; label: string }[] = [
  { value: 'table', label: 'Table' },
  { value: 'cohort', label: 'Cohorts' },
  { value: 'funnel', label: 'Funnel' },
];

export function ReportsPage({ search }: { search: ReportSearch }) {
  const { data, error, refetch } = useReportSchema();
  if (error && !data) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  return data ? <Report search={search} schema={data} /> : <PagePending />;
}

function Report({ search, schema }: { search: ReportSearch; schema: ReportSchema }) {
  const page = useReportState(search, schema);
  const currency = useCurrency();
  const { state, dropped, change } = page;
  return (
    <ReportProvider value={page}>
      <PageHeader
        title="Reports"
        actions={
          <>
            <SavedViewsMenu />
            <PeriodPicker
              search={state.period}
              onChange={(part) => change({ period: { ...state.period, ...part } })}
              hasComparison
            />
          </>
        }
      />
      <Stack gap="sm">
        {dropped.length > 0 && (
          <Warning
            icon={<IconLinkOff size={18} />}
            title="Parts of this link were not understood"
            onClose={() => change({})}
          >
            Left out: {dropped.join(', ')}. The rest is shown as the link says.
          </Warning>
        )}
        <Group justify="space-between" gap="xs" align="flex-start">
          <Group gap="sm" flex={1}>
            <SegmentedControl
              aria-label="Shown as"
              data={TABS}
              value={state.tab}
              onChange={(value) => {
                const tab = TABS.find((each) => each.value === value);
                if (tab) change({ tab: tab.value }, { isStep: true });
              }}
            />
            {state.tab !== 'cohort' && <DimensionChips />}
          </Group>
          {state.tab === 'table' && (
            <Group gap="xs">
              <Select
                aria-label="Conversions count"
                size="xs"
                w={160}
                allowDeselect={false}
                data={[
                  { value: 'conversion', label: 'By conversion time' },
                  { value: 'click', label: 'By click time' },
                ]}
                value={state.conversionTime}
                onChange={(value) => change({ conversionTime: value === 'click' ? 'click' : 'conversion' })}
              />
              <ColumnMenu />
            </Group>
          )}
        </Group>
        <FilterBar currency={currency} />
        <DrillPath />
        {state.tab === 'table' ? <ReportView /> : state.tab === 'cohort' ? <CohortTab /> : <FunnelTab />}
      </Stack>
    </ReportProvider>
  );
}
