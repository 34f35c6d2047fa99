import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Destination = Schemas['ShownDestination'];
export type Destinations = ReadonlyMap<string, Destination>;

const PAGE = 500;
const MOST = 5000;

/** All destinations by id: the picture shows their names, health and what keeps clicks away. */
export const destinationsOptions = queryOptions({
  queryKey: ['destinations', 'all'],
  queryFn: async ({ signal }) => {
    const byId = new Map<string, Destination>();
    for (let offset = 0; offset < MOST; offset += PAGE) {
      const query = { limit: PAGE, offset };
      const { items, total } = await answer(api.GET('/api/destinations', { params: { query }, signal }));
      for (const item of items) byId.set(item.id, item);
      if (offset + items.length >= total || items.length === 0) break;
    }
    return byId;
  },
  staleTime: 30_000,
  refetchInterval: 60_000,
});

const NONE: Destinations = new Map();

export function useDestinations(): Destinations {
  return useQuery(destinationsOptions).data ?? NONE;
}
