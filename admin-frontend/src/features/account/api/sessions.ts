import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type SessionShown = Schemas['SessionShown'];

export const sessionsOptions = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: ({ signal }) => answer(api.GET('/api/me/sessions', { params: { query: { limit: 500 } }, signal })),
});

export function useSessions() {
  return useQuery(sessionsOptions);
}
