/** The period in a page's URL, worked out: zone, days, and the range as the API takes it. */
import { useMemo } from 'react';
import { daysRange, periodDays, type PeriodSearch } from '@/lib/time/period';
import { useZone } from '@/lib/time/use-zone';
import { dayIn } from '@/lib/time/zone';

export function usePeriod(search: PeriodSearch) {
  const [preferred] = useZone();
  const zone = search.tz ?? preferred;
  const { period, from, to, compare } = search;
  // A preset moves with the day, not with each render: queries keep their keys until midnight.
  const today = dayIn(new Date(), zone);
  return useMemo(() => {
    const days = periodDays({ period, from, to }, zone, new Date());
    return { zone, days, range: daysRange(days, zone), compare, today };
  }, [zone, period, from, to, compare, today]);
}
