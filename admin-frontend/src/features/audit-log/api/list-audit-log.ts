import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { alsoAsk } from '@/lib/api/query';

export type AuditEntry = Schemas['AuditEntry'];
export type AuditScope = 'workspace' | 'installation';

export type AuditRequest = {
  limit: number;
  offset: number;
  q?: string;
  scope: AuditScope;
  from: string;
  to: string;
  filters: Record<string, string | boolean>;
};

export function auditLogOptions({ filters, ...query }: AuditRequest) {
  return queryOptions({
    queryKey: ['audit-log', 'list', filters, query],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/audit-log', { params: { query }, querySerializer: alsoAsk(filters), signal })),
  });
}

export function useAuditLog(request: AuditRequest) {
  return useQuery({ ...auditLogOptions(request), placeholderData: keepPreviousData });
}
