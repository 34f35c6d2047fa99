import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { alsoAsk } from '@/lib/api/query';

export type Click = Schemas['ClickItem'];

/** Null: without a period, the latest ones. */
export type ClicksRequest = {
  range: { from: string; to: string } | null;
  q?: string;
  filters: Record<string, string | boolean>;
};

const PAGE = 100;

export function clicksOptions({ range, q, filters }: ClicksRequest) {
  return infiniteQueryOptions({
    queryKey: ['clicks', 'list', range, q, filters],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET('/api/clicks', {
          params: {
            query: {
              ...range,
              q,
              limit: PAGE,
              before: pageParam,
              total: pageParam === undefined || undefined,
            },
          },
          querySerializer: alsoAsk(filters),
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    // Older pages stay as they were read; what is new is asked for by hand, or watched live.
    refetchOnWindowFocus: false,
  });
}

export function useClicks(request: ClicksRequest, isEnabled = true) {
  return useInfiniteQuery({
    ...clicksOptions(request),
    placeholderData: keepPreviousData,
    enabled: isEnabled,
  });
}
