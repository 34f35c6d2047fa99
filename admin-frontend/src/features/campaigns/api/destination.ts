import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export function destinationOptions(id: string) {
  return queryOptions({
    queryKey: ['destinations', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/destinations/{id}', { params: { path: { id } }, signal })),
  });
}
