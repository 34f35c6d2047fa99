import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

/** For its trafficback, which comes after the campaign's own. */
export const workspaceOptions = queryOptions({
  queryKey: ['workspace'],
  queryFn: ({ signal }) => answer(api.GET('/api/workspace', { signal })),
});

export function useWorkspace() {
  return useQuery(workspaceOptions).data;
}
