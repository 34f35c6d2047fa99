import { queryOptions, useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { answer, api, type Schemas } from '@/lib/api/client';

/** The fields of a source come beside what the description names. */
const fields = z.object({ name: z.string(), slug: z.string() });

export type SourcePreset = Schemas['SourcePreset'] & z.infer<typeof fields>;

export const sourcePresetsOptions = queryOptions({
  queryKey: ['sources', 'presets'],
  queryFn: async ({ signal }): Promise<SourcePreset[]> => {
    const { items } = await answer(api.GET('/api/traffic-sources/presets', { signal }));
    return items.map((item) => ({ ...item, ...fields.parse(item) }));
  },
  staleTime: Infinity,
});

export function useSourcePresets() {
  return useQuery(sourcePresetsOptions);
}
