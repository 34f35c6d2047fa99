/** What rules, strategies and destinations can be made of, as `/api/schema/routing` says it. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type RoutingSchema = Schemas['RoutingSchema'];

export const routingSchemaOptions = queryOptions({
  queryKey: ['schema', 'routing'],
  queryFn: ({ signal }) => answer(api.GET('/api/schema/routing', { signal })),
  staleTime: Infinity,
});

export function useRoutingSchema(): RoutingSchema | undefined {
  return useQuery(routingSchemaOptions).data;
}
