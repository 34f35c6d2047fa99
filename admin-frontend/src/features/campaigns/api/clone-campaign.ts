import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export function useCloneCampaign() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: Schemas['Copy'] }) =>
      answer(api.POST('/api/campaigns/{id}/clone', { params: { path: { id } }, body })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['campaigns', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'campaign'] }),
      ]),
  });
}
