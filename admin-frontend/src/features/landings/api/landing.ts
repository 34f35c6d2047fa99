import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Landing = Schemas['ShownDestination'];

export function landingOptions(id: string) {
  return queryOptions({
    queryKey: ['landings', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/landings/{id}', { params: { path: { id } }, signal })),
  });
}
