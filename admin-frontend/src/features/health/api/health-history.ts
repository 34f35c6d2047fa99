import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type HealthChange = Schemas['HealthChange'];

const MOST = 200;

export function healthHistoryOptions(id: string, range: { from: string; to: string }) {
  return queryOptions({
    queryKey: ['destinations', 'health-history', id, range],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/destinations/{id}/health-history', {
          params: { path: { id }, query: { ...range, limit: MOST } },
          signal,
        }),
      ),
  });
}

export function useHealthHistory(id: string | undefined, range: { from: string; to: string }) {
  return useQuery({ ...healthHistoryOptions(id ?? '', range), enabled: id !== undefined });
}
