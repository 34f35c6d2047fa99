import { answer, api, type Schemas } from '@/lib/api/client';

export type Stream = Schemas['ShownStream'];

/** More than a campaign may have. */
const LIMIT = 500;

export async function readStreams(campaign: string, signal?: AbortSignal): Promise<Stream[]> {
  const { items } = await answer(
    api.GET('/api/campaigns/{id}/streams', {
      params: { path: { id: campaign }, query: { limit: LIMIT, sort: 'position' } },
      signal,
    }),
  );
  return items;
}
