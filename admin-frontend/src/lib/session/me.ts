/** What the caller is and may, as `/api/me` says it. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '../api/client';

export type Me = Schemas['Me'];
export type Permission = Schemas['Permission'];

export const meOptions = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => answer(api.GET('/api/me', { signal })),
  staleTime: 60_000,
});

export function useMe(): Me | undefined {
  return useQuery(meOptions).data;
}

/** Whether the caller has the permission in this workspace. False until that is known. */
export function useMay(permission: Permission): boolean {
  return useMe()?.permissions.includes(permission) ?? false;
}

/** The workspace's currency, which reports are in. */
export function useCurrency(): string {
  return useMe()?.workspace?.currency ?? 'USD';
}

/** Amounts are kept from this caller: the API answers null for them. */
export function useMasksMoney(): boolean {
  return useMe()?.masks_money ?? false;
}
