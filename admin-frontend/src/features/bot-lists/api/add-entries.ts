import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { botListsOptions } from './bot-lists';

/** Entries as lines of text or by kind; what was there already is not counted. */
export function useAddEntries() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['BotListEntries']) => answer(api.POST('/api/bot-lists/entries', { body })),
    onSuccess: ({ lists }) => client.setQueryData(botListsOptions.queryKey, lists),
  });
}
