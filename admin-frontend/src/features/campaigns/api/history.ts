import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type HistoryEntry = Schemas['HistoryEntry'];

export function historyOptions(id: string, offset: number, limit: number) {
  return queryOptions({
    queryKey: ['campaigns', 'history', id, offset, limit],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/campaigns/{id}/history', {
          params: { path: { id }, query: { offset, limit } },
          signal,
        }),
      ),
  });
}

export function useHistory(id: string, offset: number, limit: number) {
  return useQuery({ ...historyOptions(id, offset, limit), placeholderData: keepPreviousData });
}
