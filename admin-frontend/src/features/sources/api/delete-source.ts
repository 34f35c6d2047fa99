import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, done } from '@/lib/api/client';

export function useDeleteSource() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => done(api.DELETE('/api/traffic-sources/{id}', { params: { path: { id } } })),
    onSuccess: async (_, id) => {
      client.removeQueries({ queryKey: ['sources', 'one', id] });
      await Promise.all([
        client.invalidateQueries({ queryKey: ['sources', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'source'] }),
      ]);
    },
  });
}
