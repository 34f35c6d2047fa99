import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type HealthChange = Schemas['HealthChange'];
export type HealthKind = 'agreement' | 'node';

type Request = { kind?: HealthKind; limit: number; offset: number };

export function useHealthHistory(id: string, query: Request) {
  return useQuery({
    queryKey: ['destinations', 'health-history', id, query],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/destinations/{id}/health-history', { params: { path: { id }, query }, signal })),
    placeholderData: keepPreviousData,
  });
}
