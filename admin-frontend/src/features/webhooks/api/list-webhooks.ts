import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import type { ListRequest } from '@/lib/list/search';

export function webhooksOptions(query: ListRequest) {
  return queryOptions({
    queryKey: ['webhooks', 'list', query],
    queryFn: ({ signal }) => answer(api.GET('/api/webhooks', { params: { query }, signal })),
  });
}

export function useWebhooks(query: ListRequest) {
  return useQuery({ ...webhooksOptions(query), placeholderData: keepPreviousData });
}
