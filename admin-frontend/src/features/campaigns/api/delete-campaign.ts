import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, done } from '@/lib/api/client';

export function useDeleteCampaign() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => done(api.DELETE('/api/campaigns/{id}', { params: { path: { id } } })),
    onSuccess: async (_, id) => {
      client.removeQueries({ queryKey: ['campaigns', 'one', id] });
      await Promise.all([
        client.invalidateQueries({ queryKey: ['campaigns', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'campaign'] }),
      ]);
    },
  });
}
