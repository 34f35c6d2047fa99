import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import type { Range } from '@/lib/time/period';
import { querySerializer } from '../model/query-serializer';
import { REPORT_STALE_MS } from './query-report';

export type FunnelStep = Schemas['FunnelStep'];

export type FunnelQuery = Range & {
  timezone: string;
  filter: Record<string, Record<string, string>>;
  group_by: string;
  limit: number;
};

export function useFunnelReport(query: FunnelQuery) {
  return useQuery({
    queryKey: ['reports', 'funnel', query],
    queryFn: async ({ signal }) => {
      const { filter, ...plain } = query;
      const found = await answer(
        api.GET('/api/reports/funnel', {
          params: { query: plain },
          querySerializer: (rest) => querySerializer(rest, filter),
          signal,
        }),
      );
      if (typeof found === 'string') throw new Error('The report came as text.');
      return found;
    },
    placeholderData: keepPreviousData,
    staleTime: REPORT_STALE_MS,
    refetchOnWindowFocus: false,
  });
}
