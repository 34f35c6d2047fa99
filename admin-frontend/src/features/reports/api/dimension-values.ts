/** Values that a dimension has in a period, most clicks first: what filters suggest, and names of ids in a URL. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import type { Range } from '@/lib/time/period';
import { is } from '../model/filter';
import { askReport } from './query-report';

const MOST = 500;

export type DimensionValue = { value: string; name: string | null };

export type Within = Range & { timezone: string };

function valuesOptions(dimension: string, within: Within, only?: string[]) {
  return queryOptions({
    queryKey: ['reports', 'values', dimension, within, only],
    queryFn: async ({ signal }): Promise<DimensionValue[]> => {
      const filters = only ? is(dimension, 'in', ...only) : null;
      const asked = { ...within, group_by: [dimension], filters, limit: MOST, with_total: false };
      const { items } = await askReport(asked, signal);
      return items.map((item) => {
        const found: Record<string, unknown> = item;
        const [value, name] = [found[dimension], found[`${dimension}_name`]];
        return {
          value: typeof value === 'string' ? value : '',
          name: typeof name === 'string' ? name : null,
        };
      });
    },
    staleTime: 5 * 60_000,
    refetchOnWindowFocus: false,
  });
}

export function useDimensionValues(dimension: string, within: Within, enabled: boolean) {
  return useQuery({ ...valuesOptions(dimension, within), enabled });
}

/** Names of these values; without traffic in the period they have none. */
export function useValueNames(dimension: string, within: Within, values: string[], enabled: boolean) {
  const isAsked = enabled && values.length > 0;
  return useQuery({ ...valuesOptions(dimension, within, values), enabled: isAsked }).data;
}
