import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import type { PeopleRequest } from './list-members';

export type User = Schemas['UserShown'];

export function usersOptions(query: PeopleRequest) {
  return queryOptions({
    queryKey: ['people', 'users', query],
    queryFn: ({ signal }) => answer(api.GET('/api/users', { params: { query }, signal })),
  });
}

export function useUsers(query: PeopleRequest) {
  return useQuery({ ...usersOptions(query), placeholderData: keepPreviousData });
}

const MOST_WAITING = 100;

/** Looks again by itself: somebody may be waiting right now. */
export function useWaitingUsers(isEnabled: boolean) {
  return useQuery({
    ...usersOptions({ limit: MOST_WAITING, offset: 0, status: 'pending_approval' }),
    enabled: isEnabled,
    refetchInterval: 30_000,
  });
}
