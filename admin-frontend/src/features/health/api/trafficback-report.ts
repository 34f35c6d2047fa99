import { queryOptions, useQuery } from '@tanstack/react-query';
import { answerJson, api, type Schemas } from '@/lib/api/client';

export type TrafficbackRow = Schemas['TrafficbackRow'];
export type ReportRange = { from: string; to: string; timezone: string };

const MOST = 500;

export function trafficbackOptions(query: ReportRange) {
  return queryOptions({
    queryKey: ['reports', 'trafficback', query],
    queryFn: ({ signal }) =>
      answerJson(
        api.GET('/api/reports/trafficback', { params: { query: { ...query, limit: MOST } }, signal }),
      ),
  });
}

export function useTrafficback(query: ReportRange) {
  return useQuery(trafficbackOptions(query));
}
