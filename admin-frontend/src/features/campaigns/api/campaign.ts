import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { readStreams, type Stream } from './streams';

export type Campaign = Schemas['ShownCampaign'];

/** A campaign with its streams, as the editor holds it. */
export type Whole = Campaign & { streams: Stream[] };

export async function readCampaign(id: string, signal?: AbortSignal): Promise<Whole> {
  const [campaign, streams] = await Promise.all([
    answer(api.GET('/api/campaigns/{id}', { params: { path: { id } }, signal })),
    readStreams(id, signal),
  ]);
  return { ...campaign, streams };
}

export function campaignOptions(id: string) {
  return queryOptions({
    queryKey: ['campaigns', 'one', id],
    queryFn: ({ signal }) => readCampaign(id, signal),
  });
}
