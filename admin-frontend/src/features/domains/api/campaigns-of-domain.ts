import { useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

const SHOWN = 25;

/** Campaigns whose links are bound to it. */
export function useCampaignsOfDomain(id: string) {
  return useQuery({
    queryKey: ['campaigns', 'list', 'of-domain', id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/campaigns', { params: { query: { domain_id: id, limit: SHOWN } }, signal })),
  });
}
