import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

/** An entry never changes. */
export function auditEntryOptions(id: string) {
  return queryOptions({
    queryKey: ['audit-log', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/audit-log/{id}', { params: { path: { id } }, signal })),
    staleTime: Infinity,
  });
}

export function useAuditEntry(id: string | undefined) {
  return useQuery({ ...auditEntryOptions(id ?? ''), enabled: id !== undefined });
}
