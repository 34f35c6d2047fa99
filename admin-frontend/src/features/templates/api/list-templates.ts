import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import type { ListRequest } from '@/lib/list/search';

export function templatesOptions(query: ListRequest) {
  return queryOptions({
    queryKey: ['templates', 'list', query],
    queryFn: ({ signal }) => answer(api.GET('/api/postback-templates', { params: { query }, signal })),
  });
}

export function useTemplates(query: ListRequest) {
  return useQuery({ ...templatesOptions(query), placeholderData: keepPreviousData });
}
