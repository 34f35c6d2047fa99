import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export const postbackSchemaOptions = queryOptions({
  queryKey: ['schema', 'postbacks'],
  queryFn: ({ signal }) => answer(api.GET('/api/schema/postbacks', { signal })),
  staleTime: Infinity,
});

export function usePostbackSchema() {
  return useQuery(postbackSchemaOptions).data;
}
