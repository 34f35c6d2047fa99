import { queryOptions, useQuery } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { answer, api, type Schemas } from '@/lib/api/client';

/** The fields of a template come beside what the description names. */
const fields = z.object({ name: z.string(), slug: z.string() });

export type NetworkPreset = Schemas['NetworkPreset'] & z.infer<typeof fields>;

export const networkPresetsOptions = queryOptions({
  queryKey: ['networks', 'presets'],
  queryFn: async ({ signal }): Promise<NetworkPreset[]> => {
    const { items } = await answer(api.GET('/api/postback-templates/presets', { signal }));
    return items.map((item) => ({ ...item, ...fields.parse(item) }));
  },
  staleTime: Infinity,
});

export function useNetworkPresets() {
  return useQuery(networkPresetsOptions);
}
