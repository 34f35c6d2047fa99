import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answerJson, api, type Schemas } from '@/lib/api/client';
import type { Range } from '@/lib/time/period';

export type Overview = Schemas['Overview'];

type Asked = { range: Range; zone: string; compared: Range | undefined };

export function overviewOptions({ range, zone, compared }: Asked) {
  const compare = compared && `${compared.from}..${compared.to}`;
  const query = { ...range, timezone: zone, ...(compare && { compare }) };
  return queryOptions({
    queryKey: ['reports', 'overview', query],
    queryFn: ({ signal }) => answerJson(api.GET('/api/reports/overview', { params: { query }, signal })),
    refetchInterval: 60_000,
  });
}

export function useOverview(asked: Asked) {
  return useQuery({ ...overviewOptions(asked), placeholderData: keepPreviousData });
}
