import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useMay } from '@/lib/session/me';
import { useZone } from '@/lib/time/use-zone';
import { onlyWhere, readReport } from '@/lib/reports/report';

/** Figures of the last 7 days of these campaigns. */
export function campaignReportOptions(ids: string[], timezone: string) {
  return queryOptions({
    queryKey: ['campaigns', 'report', timezone, ids],
    queryFn: async ({ signal }) => {
      const rows = await readReport(
        {
          period: 'last_7_days',
          timezone,
          group_by: ['campaign'],
          filters: onlyWhere('campaign', ids),
          limit: 500,
        },
        signal,
      );
      return new Map(rows.map((row) => [row.campaign ?? '', row]));
    },
    staleTime: 60_000,
  });
}

export function useCampaignFigures(ids: string[]) {
  const [zone] = useZone();
  const mayRead = useMay('reports:read');
  return useQuery({
    ...campaignReportOptions(ids, zone),
    enabled: mayRead && ids.length > 0,
    placeholderData: keepPreviousData,
  });
}
