import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

/** The campaign with its streams as it was after a change. */
export function versionOptions(id: string, entry: string) {
  return queryOptions({
    queryKey: ['campaigns', 'version', id, entry],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/campaigns/{id}/history/{entry}', { params: { path: { id, entry } }, signal })),
    staleTime: Infinity,
  });
}
