import { queryOptions, useQuery } from '@tanstack/react-query';
import { answerJson, api, type Schemas } from '@/lib/api/client';
import type { ReportRange } from './trafficback-report';

export type HealthRow = Schemas['DestinationHealthRow'];

const MOST = 500;

export function healthReportOptions(query: ReportRange) {
  return queryOptions({
    queryKey: ['reports', 'health', query],
    queryFn: ({ signal }) =>
      answerJson(api.GET('/api/reports/health', { params: { query: { ...query, limit: MOST } }, signal })),
  });
}

export function useHealthReport(query: ReportRange) {
  return useQuery(healthReportOptions(query));
}
