import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Retention = Schemas['Retention'];

export const retentionOptions = queryOptions({
  queryKey: ['privacy', 'retention'],
  queryFn: ({ signal }) => answer(api.GET('/api/privacy/retention', { signal })),
  // Until the tables have it.
  refetchInterval: ({ state }) => (state.data?.is_applied === false ? 5_000 : false),
});

export function useRetention() {
  return useQuery(retentionOptions);
}
