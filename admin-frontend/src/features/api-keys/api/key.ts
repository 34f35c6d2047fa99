import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export function keyOptions(id: string) {
  return queryOptions({
    queryKey: ['api-keys', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/api-keys/{id}', { params: { path: { id } }, signal })),
  });
}
