import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Domain = Schemas['ShownDomain'];

export function domainOptions(id: string) {
  return queryOptions({
    queryKey: ['domains', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/domains/{id}', { params: { path: { id } }, signal })),
  });
}
