import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type BotEntries = Pick<Schemas['BotListEntries'], 'ips' | 'asns'>;

export function useBotEntries() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ entries, isTakenOut }: { entries: BotEntries; isTakenOut?: boolean }) => {
      const body = { list: 'bots' as const, ...entries };
      return isTakenOut
        ? answer(api.DELETE('/api/bot-lists/entries', { body }))
        : answer(api.POST('/api/bot-lists/entries', { body }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['bot-lists'] }),
  });
}
