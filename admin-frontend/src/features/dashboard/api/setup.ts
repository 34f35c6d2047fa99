/** What a workspace has so far, for the steps of somebody who begins. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

const ONE = { limit: 1 } as const;

export const setupOptions = queryOptions({
  // Under a key of its own: whatever is made elsewhere is seen on coming back.
  queryKey: ['setup'],
  queryFn: async ({ signal }) => {
    const [sources, destinations, campaigns, clicks] = await Promise.all([
      answer(api.GET('/api/traffic-sources', { params: { query: ONE }, signal })),
      answer(api.GET('/api/destinations', { params: { query: ONE }, signal })),
      answer(
        api.GET('/api/campaigns', {
          params: { query: { ...ONE, sort: 'created_at', order: 'asc' } },
          signal,
        }),
      ),
      answer(api.GET('/api/clicks', { params: { query: ONE }, signal })),
    ]);
    return {
      hasSource: sources.total > 0,
      hasDestination: destinations.total > 0,
      campaign: campaigns.items[0],
      hasClick: clicks.items.length > 0,
    };
  },
  staleTime: 0,
});

export function useSetup(isEnabled: boolean) {
  return useQuery({ ...setupOptions, enabled: isEnabled });
}
