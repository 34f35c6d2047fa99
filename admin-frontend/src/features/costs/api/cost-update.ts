import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type CostUpdate = Schemas['CostUpdate'];

const LOOK_AGAIN_MS = 2_000;

/** How a request stands; looked at again until it is done. */
export function costUpdateOptions(id: string) {
  return queryOptions({
    queryKey: ['costs', id],
    queryFn: ({ signal }) => answer(api.GET('/api/costs/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? LOOK_AGAIN_MS : false),
  });
}
