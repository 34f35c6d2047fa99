import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { botListsOptions } from './bot-lists';

/** Entries that were not there are not counted. */
export function useRemoveEntries() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['BotListEntries']) => answer(api.DELETE('/api/bot-lists/entries', { body })),
    onSuccess: ({ lists }) => client.setQueryData(botListsOptions.queryKey, lists),
  });
}
