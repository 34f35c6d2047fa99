import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Source = Schemas['ShownTrafficSource'];

export function sourceOptions(id: string) {
  return queryOptions({
    queryKey: ['sources', 'one', id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/traffic-sources/{id}', { params: { path: { id } }, signal })),
  });
}
