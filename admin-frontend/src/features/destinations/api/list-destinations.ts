import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import type { ListRequest } from '@/lib/list/search';

type Request = ListRequest & { health?: Schemas['Health']; kind?: Schemas['DestinationKind'] };

export function destinationsOptions(query: Request) {
  return queryOptions({
    queryKey: ['destinations', 'list', query],
    queryFn: ({ signal }) => answer(api.GET('/api/destinations', { params: { query }, signal })),
  });
}

export function useDestinations(query: Request) {
  return useQuery({ ...destinationsOptions(query), placeholderData: keepPreviousData });
}
