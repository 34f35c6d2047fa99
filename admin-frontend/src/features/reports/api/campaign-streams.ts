import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Stream = Schemas['ShownStream'];

export function campaignStreamsOptions(id: string) {
  return queryOptions({
    queryKey: ['reports', 'campaign-streams', id],
    queryFn: async ({ signal }) => {
      const { items } = await answer(
        api.GET('/api/campaigns/{id}/streams', { params: { path: { id }, query: { limit: 500 } }, signal }),
      );
      return items.toSorted((a, b) => a.position - b.position);
    },
    staleTime: 0,
  });
}
