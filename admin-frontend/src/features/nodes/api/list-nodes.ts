import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { pageOfLog } from '@/lib/api/log-page';

export type Node = Schemas['NodeItem'];

export function nodesOptions(query: { limit: number; offset: number }) {
  return queryOptions({
    queryKey: ['nodes', 'list', query],
    queryFn: async ({ signal }) =>
      pageOfLog(await answer(api.GET('/api/nodes', { params: { query }, signal }))),
    refetchInterval: 10_000,
  });
}

export function useNodes(query: { limit: number; offset: number }) {
  return useQuery({ ...nodesOptions(query), placeholderData: keepPreviousData });
}
