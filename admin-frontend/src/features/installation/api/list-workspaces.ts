import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export const workspacesOptions = queryOptions({
  queryKey: ['workspaces'],
  queryFn: ({ signal }) => answer(api.GET('/api/workspaces', { params: { query: { limit: 500 } }, signal })),
});

export function useWorkspaces() {
  return useQuery(workspacesOptions);
}
