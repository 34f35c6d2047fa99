import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export function streamOptions(id: string) {
  return queryOptions({
    queryKey: ['streams', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/streams/{id}', { params: { path: { id } }, signal })),
  });
}

export function useStream(id: string | null) {
  return useQuery({ ...streamOptions(id ?? ''), enabled: Boolean(id) });
}
