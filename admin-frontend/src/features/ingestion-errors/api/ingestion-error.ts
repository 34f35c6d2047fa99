import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export function ingestionErrorOptions(id: string) {
  return queryOptions({
    queryKey: ['ingestion-errors', 'one', id],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/ingestion-errors/{id}', { params: { path: { id } }, signal })),
  });
}

export function useIngestionError(id: string | undefined) {
  return useQuery({ ...ingestionErrorOptions(id ?? ''), enabled: id !== undefined });
}
