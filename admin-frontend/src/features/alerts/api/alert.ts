import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export function alertOptions(id: string) {
  return queryOptions({
    queryKey: ['alerts', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/alerts/{id}', { params: { path: { id } }, signal })),
    refetchInterval: 15_000,
  });
}

export function useAlert(id: string | undefined) {
  return useQuery({ ...alertOptions(id ?? ''), enabled: id !== undefined });
}
