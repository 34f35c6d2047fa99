import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import type { ListRequest } from '@/lib/list/search';

export function sourcesOptions(query: ListRequest) {
  return queryOptions({
    queryKey: ['sources', 'list', query],
    queryFn: ({ signal }) => answer(api.GET('/api/traffic-sources', { params: { query }, signal })),
  });
}

export function useSources(query: ListRequest) {
  return useQuery({ ...sourcesOptions(query), placeholderData: keepPreviousData });
}
