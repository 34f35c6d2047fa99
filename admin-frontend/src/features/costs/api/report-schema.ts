import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export const reportSchemaOptions = queryOptions({
  queryKey: ['schema', 'reports'],
  queryFn: ({ signal }) => answer(api.GET('/api/schema/reports', { signal })),
  staleTime: Infinity,
});

export function useReportSchema() {
  return useQuery(reportSchemaOptions).data;
}
