import { Stack } from '@mantine/core';
import { useMemo } from 'react';
import { PageHeader } from '@/components/ui/display/page-header';
import { May } from '@/components/ui/feedback/may';
import { ErrorNotice, Notice } from '@/components/ui/feedback/pages';
import { PeriodPicker } from '@/components/ui/period/period-picker';
import { useUrlSearch } from '@/lib/list/use-url-search';
import { useMasksMoney, useMay } from '@/lib/session/me';
import { useOverview } from '../api/overview';
import { useMetrics } from '../api/report-schema';
import { useComparedSeries, useSeries } from '../api/series';
import { AlertsCard } from './alerts-card';
import { ClickTicker } from './click-ticker';
import type { DashboardSearch } from './comparison';
import { FirstSteps } from './first-steps';
import { HealthCard } from './health-card';
import { MetricTiles } from './metric-tiles';
import { RatesNotice } from './rates-notice';
import { points } from './series-rows';
import { TimeChart } from './time-chart';
import { TopCard } from './top-card';
import { DEFAULT_METRIC, useDashboardPeriod, type DashboardPeriod } from './use-dashboard';
import classes from './dashboard.module.css';

export function DashboardPage({ search }: { search: DashboardSearch }) {
  const { change } = useUrlSearch(search);
  const period = useDashboardPeriod(search, change);
  const mayReport = useMay('reports:read');
  const mayLog = useMay('logs:read');
  const setMetric = (metric: string) => change({ metric: metric === DEFAULT_METRIC ? undefined : metric });
  return (
    <>
      <PageHeader
        title="Dashboard"
        actions={
          mayReport && <PeriodPicker search={period.forPicker} onChange={period.onPeriod} hasComparison />
        }
      />
      <Stack gap="sm">
        <FirstSteps />
        {mayReport ? (
          <Figures
            period={period}
            metricName={search.metric ?? DEFAULT_METRIC}
            onMetric={setMetric}
            hasSide={mayLog}
          />
        ) : (
          <>
            <Notice title="Reports are not for your role">
              An administrator can change that under Members.
            </Notice>
            <May permission="logs:read">
              <Side />
            </May>
          </>
        )}
      </Stack>
    </>
  );
}

function Side() {
  return (
    <Stack gap="sm">
      <AlertsCard />
      <HealthCard />
      <ClickTicker />
    </Stack>
  );
}

type FiguresProps = {
  period: DashboardPeriod;
  metricName: string;
  onMetric: (metric: string) => void;
  hasSide: boolean;
};

function Figures({ period, metricName, onMetric, hasSide }: FiguresProps) {
  const { zone, range, compared, grain } = period;
  const isMasked = useMasksMoney();
  const all = useMetrics();
  const metrics = useMemo(() => all?.filter(({ is_money }) => !(isMasked && is_money)), [all, isMasked]);
  const metric = metrics?.find(({ name }) => name === metricName) ?? metrics?.[0];
  const overview = useOverview({ range, zone, compared: compared?.range });
  const series = useSeries({ range, zone, grain });
  const before = useComparedSeries({ range: compared?.whole, zone, grain });
  const current = useMemo(
    () => series.data && points(series.data, grain, range, zone, new Date()),
    [series.data, grain, range, zone],
  );
  const previous = useMemo(
    () => compared && before.data && points(before.data, grain, compared.whole, zone, new Date()),
    [compared, before.data, grain, zone],
  );
  const shared = { metrics: all, metric, range, zone, period: period.forPicker };

  return (
    <>
      <RatesNotice overview={overview.data} />
      {overview.error && !overview.data ? (
        <ErrorNotice error={overview.error} onRetry={() => void overview.refetch()} />
      ) : (
        <MetricTiles
          metrics={all}
          overview={overview.data}
          series={current}
          isCompared={compared !== undefined}
          metric={metric?.name ?? DEFAULT_METRIC}
          onMetric={onMetric}
        />
      )}
      <div className={hasSide ? classes.columns : undefined}>
        <Stack gap="sm" miw={0}>
          <TimeChart
            metrics={metrics ?? []}
            metric={metric}
            onMetric={onMetric}
            current={current}
            compared={previous}
            grain={grain}
            zone={zone}
            currency={overview.data?.currency ?? 'USD'}
            error={series.error}
            onRetry={() => void series.refetch()}
          />
          <TopCard
            {...shared}
            title="Top campaigns"
            dimension="campaign"
            columns={['clicks', 'conversions', 'cost', 'revenue', 'profit', 'roi']}
          />
          <div className={classes.pair}>
            <TopCard
              {...shared}
              title="Top sources"
              dimension="source"
              columns={['clicks', 'profit', 'roi']}
            />
            <TopCard
              {...shared}
              title="Top countries"
              dimension="country"
              columns={['clicks', 'profit', 'roi']}
            />
          </div>
        </Stack>
        {hasSide && <Side />}
      </div>
    </>
  );
}
