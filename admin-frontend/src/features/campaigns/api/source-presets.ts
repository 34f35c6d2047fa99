import { queryOptions, useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { answer, api } from '@/lib/api/client';

/** The fields of a source come beside what the description names. */
const fields = z.object({ name: z.string(), slug: z.string() });

/** What each known source wants at the end of a link. */
export type SourceMacros = { name: string; slug: string; query: string };

export const sourceMacrosOptions = queryOptions({
  queryKey: ['campaigns', 'source-macros'],
  queryFn: async ({ signal }): Promise<SourceMacros[]> => {
    const { items } = await answer(api.GET('/api/traffic-sources/presets', { signal }));
    return items.map((item) => ({ ...fields.parse(item), query: item.tracking_query }));
  },
  staleTime: Infinity,
});

export function useSourceMacros() {
  return useQuery(sourceMacrosOptions).data;
}
