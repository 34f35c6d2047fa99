import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Click = Schemas['ClickItem'];

/** What the ticker begins with, before anything arrives. */
export const recentClicksOptions = queryOptions({
  queryKey: ['clicks', 'recent'],
  queryFn: ({ signal }) => answer(api.GET('/api/clicks', { params: { query: { limit: 20 } }, signal })),
  staleTime: 0,
});

export function useRecentClicks(isEnabled = true) {
  return useQuery({ ...recentClicksOptions, enabled: isEnabled, refetchOnWindowFocus: false });
}
