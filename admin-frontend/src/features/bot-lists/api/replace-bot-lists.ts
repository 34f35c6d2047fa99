import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { botListsOptions } from './bot-lists';

/** Both lists at once, by the revision that was read. */
export function useReplaceBotLists() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['BotListsInputReplacement']) => answer(api.PUT('/api/bot-lists', { body })),
    onSuccess: (lists) => client.setQueryData(botListsOptions.queryKey, lists),
  });
}
