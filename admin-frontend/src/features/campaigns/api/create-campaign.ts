import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export function useCreateCampaign() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['NewCampaign']) => answer(api.POST('/api/campaigns', { body })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['campaigns', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'campaign'] }),
      ]),
  });
}
