import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Member = Schemas['Member'];
export type UserStatus = Schemas['UserStatus'];
export type PeopleRequest = { limit: number; offset: number; q?: string; status?: UserStatus };

export function membersOptions(query: PeopleRequest) {
  return queryOptions({
    queryKey: ['people', 'members', query],
    queryFn: ({ signal }) => answer(api.GET('/api/members', { params: { query }, signal })),
  });
}

export function useMembers(query: PeopleRequest) {
  return useQuery({ ...membersOptions(query), placeholderData: keepPreviousData });
}
