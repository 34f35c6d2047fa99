import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type LinkKey = Schemas['LinkKey'];

export const linkKeysOptions = queryOptions({
  queryKey: ['link-keys'],
  queryFn: ({ signal }) => answer(api.GET('/api/link-keys', { signal })),
});

export function useLinkKeys() {
  return useQuery(linkKeysOptions);
}
