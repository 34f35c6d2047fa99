import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMay } from '@/lib/session/me';
import { onlyWhere, readReport } from '@/lib/reports/report';

const DAY_MS = 24 * 3_600_000;

/** Clicks of the last 24 hours by stream and destination. */
export type TargetClicks = Map<string, Map<string, number>>;

export function targetReportOptions(campaign: string) {
  return queryOptions({
    queryKey: ['campaigns', 'targets', campaign],
    queryFn: async ({ signal }) => {
      const rows = await readReport(
        {
          from: new Date(Date.now() - DAY_MS).toISOString(),
          group_by: ['stream', 'destination'],
          filters: onlyWhere('campaign', [campaign]),
          limit: 500,
        },
        signal,
      );
      const byStream: TargetClicks = new Map();
      for (const { stream = '', destination = '', clicks } of rows) {
        // Shares are those of what was sent somewhere: clicks that were only told (/ads/click) went nowhere.
        if (destination === '') continue;
        const targets = byStream.get(stream) ?? new Map<string, number>();
        targets.set(destination, clicks);
        byStream.set(stream, targets);
      }
      return byStream;
    },
    staleTime: 30_000,
    refetchInterval: 30_000,
  });
}

export function useTargetClicks(campaign: string) {
  const mayRead = useMay('reports:read');
  return useQuery({ ...targetReportOptions(campaign), enabled: mayRead }).data;
}
