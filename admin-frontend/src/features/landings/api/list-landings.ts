import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import type { ListRequest } from '@/lib/list/search';

type Request = ListRequest & { health?: Schemas['Health'] };

export function landingsOptions(query: Request) {
  return queryOptions({
    queryKey: ['landings', 'list', query],
    queryFn: ({ signal }) => answer(api.GET('/api/landings', { params: { query }, signal })),
  });
}

export function useLandings(query: Request) {
  return useQuery({ ...landingsOptions(query), placeholderData: keepPreviousData });
}
