import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type SavedView = Schemas['SavedView'];
export type SavedViewInput = Schemas['SavedViewInput'];

const PAGE = 500;

export const savedViewsOptions = queryOptions({
  queryKey: ['saved-views', 'list'],
  queryFn: async ({ signal }) => {
    const views: SavedView[] = [];
    for (;;) {
      const query = { limit: PAGE, offset: views.length };
      const { items, total } = await answer(api.GET('/api/saved-views', { params: { query }, signal }));
      views.push(...items);
      if (items.length === 0 || views.length >= total) return views;
    }
  },
});

export function useSavedViews() {
  return useQuery(savedViewsOptions);
}
