import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Network = Schemas['ShownAffiliateNetwork'];

export function networkOptions(id: string) {
  return queryOptions({
    queryKey: ['networks', 'one', id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/affiliate-networks/{id}', { params: { path: { id } }, signal })),
  });
}
