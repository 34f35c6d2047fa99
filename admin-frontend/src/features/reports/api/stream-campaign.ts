import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

/** The campaign that a stream belongs to. */
export function streamCampaignOptions(id: string) {
  return queryOptions({
    queryKey: ['reports', 'stream-campaign', id],
    queryFn: async ({ signal }) => {
      const { campaign_id } = await answer(
        api.GET('/api/streams/{id}', { params: { path: { id } }, signal }),
      );
      return campaign_id;
    },
    staleTime: Infinity,
  });
}
