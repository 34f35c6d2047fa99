import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

/** Names of what a stream's rules can look at. */
export const routingFieldsOptions = queryOptions({
  queryKey: ['schema', 'routing', 'field-names'],
  queryFn: async ({ signal }) => {
    const { fields } = await answer(api.GET('/api/schema/routing', { signal }));
    return new Set(fields.map(({ name }) => name));
  },
  staleTime: Infinity,
});
