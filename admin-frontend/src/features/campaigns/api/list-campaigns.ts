import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import type { ListRequest } from '@/lib/list/search';

export type CampaignsRequest = ListRequest & { source_id?: string };

export function campaignsOptions(query: CampaignsRequest) {
  return queryOptions({
    queryKey: ['campaigns', 'list', query],
    queryFn: ({ signal }) => answer(api.GET('/api/campaigns', { params: { query }, signal })),
  });
}

export function useCampaigns(query: CampaignsRequest) {
  return useQuery({ ...campaignsOptions(query), placeholderData: keepPreviousData });
}
