import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Status = Schemas['Status'];

/** One or many at once; the answer says what became of each. */
export function useSetCampaignStatus() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['BulkStatus']) => answer(api.POST('/api/campaigns/bulk-status', { body })),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['campaigns'] }),
        client.invalidateQueries({ queryKey: ['entities', 'campaign'] }),
      ]),
  });
}
