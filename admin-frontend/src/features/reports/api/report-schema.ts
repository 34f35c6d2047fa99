import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type ReportSchema = Schemas['ReportSchema'];
export type Dimension = Schemas['ReportDimension'];
export type Metric = Schemas['ReportMetric'];
export type Operator = Schemas['Operator'];

export const reportSchemaOptions = queryOptions({
  queryKey: ['schema', 'reports'],
  queryFn: ({ signal }) => answer(api.GET('/api/schema/reports', { signal })),
  staleTime: Infinity,
});

export function useReportSchema() {
  return useQuery(reportSchemaOptions);
}
