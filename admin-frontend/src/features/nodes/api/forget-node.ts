import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, done } from '@/lib/api/client';

export function useForgetNode() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => done(api.DELETE('/api/nodes/{id}', { params: { path: { id } } })),
    onSuccess: async (_, id) => {
      client.removeQueries({ queryKey: ['nodes', 'one', id] });
      await client.invalidateQueries({ queryKey: ['nodes', 'list'] });
      await client.invalidateQueries({ queryKey: ['entities', 'node'] });
    },
  });
}
