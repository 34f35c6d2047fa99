import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Node = Schemas['LogPage_NodeItem']['items'][number];

export const nodesOptions = queryOptions({
  queryKey: ['nodes', 'dashboard'],
  queryFn: ({ signal }) => answer(api.GET('/api/nodes', { params: { query: { limit: 100 } }, signal })),
  refetchInterval: 15_000,
});

export function useNodes(isEnabled = true) {
  return useQuery({ ...nodesOptions, enabled: isEnabled });
}
