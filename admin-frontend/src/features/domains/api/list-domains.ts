import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import type { ListRequest } from '@/lib/list/search';

type Request = ListRequest & { verified?: boolean };

export function domainsOptions(query: Request) {
  return queryOptions({
    queryKey: ['domains', 'list', query],
    queryFn: ({ signal }) => answer(api.GET('/api/domains', { params: { query }, signal })),
  });
}

export function useDomains(query: Request) {
  return useQuery({ ...domainsOptions(query), placeholderData: keepPreviousData });
}
