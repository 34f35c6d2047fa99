/** The dashboard's period, what it is compared with, and the metric that is looked at, as the URL has them. */
import { useMemo } from 'react';
import { usePeriod } from '@/components/ui/period/use-period';
import { daysRange, isOneDay, type PeriodSearch } from '@/lib/time/period';
import { comparedDays, comparedRange, type DashboardSearch } from './comparison';

export const DEFAULT_METRIC = 'clicks';

export function useDashboardPeriod(
  search: DashboardSearch,
  change: (part: Partial<DashboardSearch>) => void,
) {
  const comparison = search.compare === 'none' ? undefined : (search.compare ?? 'previous_period');
  const { period, from, to, tz } = search;
  const forPicker: PeriodSearch = { period, from, to, tz, compare: comparison };
  const { zone, days, range, today } = usePeriod(forPicker);
  const compared = useMemo(
    () =>
      comparison && {
        range: comparedRange(days, comparison, zone, new Date()),
        whole: daysRange(comparedDays(days, comparison), zone),
      },
    [days, comparison, zone],
  );

  function onPeriod(part: PeriodSearch) {
    if (!('compare' in part)) return change(part);
    // The period before is what is meant when nothing is said.
    change({ compare: part.compare === 'previous_period' ? undefined : (part.compare ?? 'none') });
  }

  return {
    zone,
    range,
    today,
    compared,
    grain: isOneDay(days) ? ('hour' as const) : ('day' as const),
    forPicker,
    onPeriod,
  };
}

export type DashboardPeriod = ReturnType<typeof useDashboardPeriod>;
