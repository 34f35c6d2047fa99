import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type ClickStory = Schemas['ClickStory'];

export function clickStoryOptions(clickId: string) {
  return queryOptions({
    queryKey: ['clicks', 'story', clickId],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/clicks/{click_id}', { params: { path: { click_id: clickId } }, signal })),
  });
}

export function useClickStory(clickId: string | undefined) {
  return useQuery({ ...clickStoryOptions(clickId ?? ''), enabled: clickId !== undefined });
}
