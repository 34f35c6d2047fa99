import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type ApiKey = Schemas['ApiKey'];

type Asked = { limit: number; offset: number; q?: string };

export function keysOptions(query: Asked) {
  return queryOptions({
    queryKey: ['api-keys', 'list', query],
    queryFn: ({ signal }) => answer(api.GET('/api/api-keys', { params: { query }, signal })),
  });
}

export function useKeys(query: Asked) {
  return useQuery({ ...keysOptions(query), placeholderData: keepPreviousData });
}
