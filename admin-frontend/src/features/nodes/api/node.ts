import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type NodeDetail = Schemas['NodeDetail'];
export type NodeMoment = Schemas['NodeMoment'];

export function nodeOptions(id: string) {
  return queryOptions({
    queryKey: ['nodes', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/nodes/{id}', { params: { path: { id } }, signal })),
    // What a node says of itself comes once a minute.
    refetchInterval: 30_000,
  });
}

export function useNode(id: string) {
  return useQuery(nodeOptions(id));
}
