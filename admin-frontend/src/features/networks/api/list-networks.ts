import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import type { ListRequest } from '@/lib/list/search';

type Request = ListRequest & { template_id?: string };

export function networksOptions(query: Request) {
  return queryOptions({
    queryKey: ['networks', 'list', query],
    queryFn: ({ signal }) => answer(api.GET('/api/affiliate-networks', { params: { query }, signal })),
  });
}

export function useNetworks(query: Request) {
  return useQuery({ ...networksOptions(query), placeholderData: keepPreviousData });
}
