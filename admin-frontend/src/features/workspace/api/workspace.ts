import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Workspace = Schemas['ShownWorkspace'];

export const workspaceOptions = queryOptions({
  queryKey: ['workspace'],
  queryFn: ({ signal }) => answer(api.GET('/api/workspace', { signal })),
});

export function useWorkspace() {
  return useQuery(workspaceOptions);
}
