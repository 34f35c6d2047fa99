import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type DeadLetter = Schemas['DeadLetter'];
export type DeadLetterList = Schemas['DeadLetterList'];
export type NodeTotal = DeadLetterList['nodes'][number];

/** Calls that were given up, or postbacks that were set aside. */
export type LetterKind = 'outbound' | 'inbound';

type Asked = { limit: number; offset: number; target_id?: string };

export function deadLettersOptions(kind: LetterKind, query: Asked) {
  return queryOptions({
    queryKey: ['dead-letters', kind, query],
    queryFn: ({ signal }) =>
      kind === 'outbound'
        ? answer(api.GET('/api/outbound/dead-letters', { params: { query }, signal }))
        : answer(api.GET('/api/postbacks/set-aside', { params: { query }, signal })),
    refetchInterval: 30_000,
  });
}

export function useDeadLetters(kind: LetterKind, query: Asked) {
  return useQuery({ ...deadLettersOptions(kind, query), placeholderData: keepPreviousData });
}
