/** Names for ids, for sentences and diffs. */
import { useMemo } from 'react';
import { useEntityNames } from '@/components/ui/entity/entity-name';
import type { Names } from '../model/describe';

export function useNames(): Names {
  const destinations = useEntityNames('destination');
  const sources = useEntityNames('source');
  const domains = useEntityNames('domain');
  return useMemo(
    () => ({
      destination: (id) => destinations?.get(id)?.name ?? 'Unknown destination',
      source: (id) => sources?.get(id)?.name ?? 'Unknown source',
      domain: (id) => domains?.get(id)?.name ?? 'Unknown domain',
      value: (field, value) => (field === 'source' ? (sources?.get(value)?.name ?? value) : value),
    }),
    [destinations, sources, domains],
  );
}
