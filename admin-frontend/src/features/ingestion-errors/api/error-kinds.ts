import { queryOptions, useQuery } from '@tanstack/react-query';
import { answerJson, api, type Schemas } from '@/lib/api/client';

export type ErrorKind = Schemas['ReportList_IngestionErrorKind']['items'][number];

export function errorKindsOptions(range: { from: string; to: string }) {
  return queryOptions({
    queryKey: ['ingestion-errors', 'kinds', range],
    queryFn: ({ signal }) =>
      answerJson(
        api.GET('/api/reports/ingestion-errors', { params: { query: { ...range, limit: 50 } }, signal }),
      ),
  });
}

export function useErrorKinds(range: { from: string; to: string }, isEnabled: boolean) {
  return useQuery({ ...errorKindsOptions(range), enabled: isEnabled });
}
