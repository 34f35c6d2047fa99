import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Measured = Schemas['Measured'];
export type Subject = Schemas['Subject'];

export type AlertsRequest = { limit: number; offset: number; state?: 'open' | 'resolved'; rule_id?: string };

function readAlerts(query: AlertsRequest, signal: AbortSignal) {
  return answer(api.GET('/api/alerts', { params: { query }, signal }));
}

export type Alert = Awaited<ReturnType<typeof readAlerts>>['items'][number];

export function alertsOptions(query: AlertsRequest) {
  return queryOptions({
    queryKey: ['alerts', 'list', query],
    queryFn: ({ signal }) => readAlerts(query, signal),
    refetchInterval: 15_000,
  });
}

export function useAlerts(query: AlertsRequest) {
  return useQuery({ ...alertsOptions(query), placeholderData: keepPreviousData });
}
