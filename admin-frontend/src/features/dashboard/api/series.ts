/** The metrics by day, or by hour of a single day. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answerJson, api, type Schemas } from '@/lib/api/client';
import type { Range } from '@/lib/time/period';

export type Grain = 'day' | 'hour';
export type SeriesRow = Schemas['ReportRow'];

type Asked = { range: Range; zone: string; grain: Grain };

/** More hours than a day has, even one on which clocks are set back. */
const MOST_HOURS = 48;

export function seriesOptions({ range, zone, grain }: Asked) {
  const query = { ...range, timezone: zone };
  return queryOptions({
    queryKey: ['reports', 'series', grain, query],
    queryFn: async ({ signal }): Promise<SeriesRow[]> => {
      if (grain === 'day')
        return (await answerJson(api.GET('/api/reports/daily', { params: { query }, signal }))).items;
      const hours = { ...query, group_by: 'hour', sort: 'hour', order: 'asc', limit: MOST_HOURS };
      return (await answerJson(api.GET('/api/reports/grouped', { params: { query: hours }, signal }))).items;
    },
    refetchInterval: 60_000,
  });
}

export function useSeries(asked: Asked) {
  return useQuery({ ...seriesOptions(asked), placeholderData: keepPreviousData });
}

/** Of the period compared with; nothing without one. */
export function useComparedSeries({ range, zone, grain }: { range?: Range; zone: string; grain: Grain }) {
  const asked = { range: range ?? { from: '', to: '' }, zone, grain };
  return useQuery({ ...seriesOptions(asked), enabled: range !== undefined, refetchInterval: false });
}
