import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

/** The network's template, for what its page says of secret and preset. */
export function templateOfNetworkOptions(id: string) {
  return queryOptions({
    queryKey: ['templates', 'one', id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/postback-templates/{id}', { params: { path: { id } }, signal })),
  });
}
