import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import type { LetterKind } from './list-dead-letters';

/** Some of them by their keys, or all. */
export type Retry = { kind: LetterKind; keys: string[] | 'all' };

export function useRetryDeadLetters() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ kind, keys }: Retry) => {
      if (kind === 'outbound') {
        const body = keys === 'all' ? { all: true } : { keys };
        return answer(api.POST('/api/outbound/retry', { body }));
      }
      const body = keys === 'all' ? { all: true } : { ids: keys };
      return answer(api.POST('/api/postbacks/set-aside/retry', { body }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['dead-letters'] }),
  });
}
