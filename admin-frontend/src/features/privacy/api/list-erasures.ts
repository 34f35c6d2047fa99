import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Erasure = Schemas['ErasureView'];

export function erasuresOptions(query: { limit: number; offset: number }) {
  return queryOptions({
    queryKey: ['privacy', 'erasures', query],
    queryFn: ({ signal }) => answer(api.GET('/api/privacy/erasures', { params: { query }, signal })),
    // How far they are, while any is under way.
    refetchInterval: ({ state }) =>
      state.data?.items.some((erasure) => erasure.state !== 'done') ? 3_000 : false,
  });
}

export function useErasures(query: { limit: number; offset: number }) {
  return useQuery({ ...erasuresOptions(query), placeholderData: keepPreviousData });
}
