import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Destination = Schemas['ShownDestination'];

export function destinationOptions(id: string) {
  return queryOptions({
    queryKey: ['destinations', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/destinations/{id}', { params: { path: { id } }, signal })),
  });
}
