import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answerJson, api, type Schemas } from '@/lib/api/client';
import type { Range } from '@/lib/time/period';

export type TopDimension = 'campaign' | 'source' | 'country';
export type TopRow = Schemas['ReportRow'];

type Asked = { dimension: TopDimension; range: Range; zone: string; metric: string };

const ROWS = 6;

export function topOptions({ dimension, range, zone, metric }: Asked) {
  const query = {
    ...range,
    timezone: zone,
    group_by: dimension,
    sort: metric,
    order: 'desc',
    limit: ROWS,
    with_total: false,
  };
  return queryOptions({
    queryKey: ['reports', 'top', query],
    queryFn: ({ signal }) => answerJson(api.GET('/api/reports/grouped', { params: { query }, signal })),
    refetchInterval: 60_000,
  });
}

export function useTop(asked: Asked) {
  return useQuery({ ...topOptions(asked), placeholderData: keepPreviousData });
}
