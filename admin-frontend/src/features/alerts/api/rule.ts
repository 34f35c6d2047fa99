import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export function ruleOptions(id: string) {
  return queryOptions({
    queryKey: ['alert-rules', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/alert-rules/{id}', { params: { path: { id } }, signal })),
  });
}
