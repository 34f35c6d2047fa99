import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

const SHOWN = 5;

export const openAlertsOptions = queryOptions({
  queryKey: ['alerts', 'dashboard'],
  queryFn: ({ signal }) =>
    answer(api.GET('/api/alerts', { params: { query: { state: 'open', limit: SHOWN } }, signal })),
  refetchInterval: 30_000,
});

export function useOpenAlerts() {
  return useQuery(openAlertsOptions);
}
