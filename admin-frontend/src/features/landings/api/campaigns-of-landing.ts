import { useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

const SHOWN = 25;

/** Campaigns with a stream that sends clicks to it. */
export function useCampaignsOfLanding(id: string) {
  return useQuery({
    queryKey: ['campaigns', 'list', 'of-landing', id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/campaigns', { params: { query: { destination_id: id, limit: SHOWN } }, signal })),
  });
}
