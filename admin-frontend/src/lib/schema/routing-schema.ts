import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export const routingSchemaOptions = queryOptions({
  queryKey: ['schema', 'routing'],
  queryFn: ({ signal }) => answer(api.GET('/api/schema/routing', { signal })),
  staleTime: Infinity,
});

export function useRoutingSchema() {
  return useQuery(routingSchemaOptions).data;
}
