import { queryOptions } from '@tanstack/react-query';
import type { Schemas } from '../api/client';
import { onlyWhere, readReport } from '../reports/report';

const HOUR_MS = 3_600_000;

export type CapWindow = {
  metric: Schemas['CapMetric'];
  window_hours: number | null;
  calendar_timezone: string | null;
};

/** What the cap's window holds, as reports count it; null for an amount that the caller may not see. */
export function capUsageOptions(destination: string, { metric, window_hours, calendar_timezone }: CapWindow) {
  return queryOptions({
    queryKey: ['destinations', 'cap-usage', destination, metric, window_hours, calendar_timezone],
    queryFn: async ({ signal }) => {
      const since = new Date(Date.now() - (window_hours ?? 24) * HOUR_MS).toISOString();
      const [row] = await readReport(
        {
          ...(calendar_timezone ? { period: 'today', timezone: calendar_timezone } : { from: since }),
          group_by: ['destination'],
          filters: onlyWhere('destination', [destination]),
          limit: 1,
        },
        signal,
      );
      const used = row ? row[metric] : 0;
      return used === null || used === undefined ? null : String(used);
    },
    refetchInterval: 30_000,
  });
}
