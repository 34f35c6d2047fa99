import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export function campaignStreamsOptions(campaignId: string) {
  return queryOptions({
    queryKey: ['streams', 'of', campaignId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/campaigns/{id}/streams', {
          params: { path: { id: campaignId }, query: { limit: 500 } },
          signal,
        }),
      ),
  });
}

export function useCampaignStreams(campaignId: string | null) {
  return useQuery({ ...campaignStreamsOptions(campaignId ?? ''), enabled: Boolean(campaignId) });
}
