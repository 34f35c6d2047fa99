import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { answerJson, api, type Schemas } from '@/lib/api/client';
import { pageOfLog } from '@/lib/api/log-page';
import { alsoAsk } from '@/lib/api/query';

export type Conversion = Schemas['ConversionItem'];

const sorts = z.catch(z.optional(z.enum(['created_at', 'updated_at'])), undefined);

export type ConversionsRequest = {
  limit: number;
  offset: number;
  sort?: string;
  order?: 'asc' | 'desc';
  from: string;
  to: string;
  filters: Record<string, string | boolean>;
};

export function conversionsOptions({ filters, sort, ...page }: ConversionsRequest) {
  return queryOptions({
    queryKey: ['conversions', 'list', filters, sort, page],
    queryFn: async ({ signal }) =>
      pageOfLog(
        await answerJson(
          api.GET('/api/conversions', {
            params: { query: { ...page, sort: sorts.parse(sort) } },
            querySerializer: alsoAsk(filters),
            signal,
          }),
        ),
      ),
  });
}

export function useConversions(request: ConversionsRequest) {
  return useQuery({ ...conversionsOptions(request), placeholderData: keepPreviousData });
}

const LOOK_AGAIN_MS = 20_000;

/** How many there are by now, for "3 new". */
export function useConversionCount(request: ConversionsRequest) {
  return useQuery({
    ...conversionsOptions({ ...request, limit: 1, offset: 0 }),
    refetchInterval: LOOK_AGAIN_MS,
    select: ({ total }) => total,
  }).data;
}
