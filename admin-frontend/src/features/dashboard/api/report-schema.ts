import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Metric = Schemas['ReportMetric'];

export const reportSchemaOptions = queryOptions({
  queryKey: ['schema', 'reports'],
  queryFn: ({ signal }) => answer(api.GET('/api/schema/reports', { signal })),
  staleTime: Infinity,
});

export function useMetrics(): Metric[] | undefined {
  return useQuery(reportSchemaOptions).data?.metrics;
}
