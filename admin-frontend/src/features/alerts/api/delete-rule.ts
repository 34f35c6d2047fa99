import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, done } from '@/lib/api/client';

export function useDeleteRule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => done(api.DELETE('/api/alert-rules/{id}', { params: { path: { id } } })),
    onSuccess: async (_, id) => {
      client.removeQueries({ queryKey: ['alert-rules', 'one', id] });
      await client.invalidateQueries({ queryKey: ['alert-rules', 'list'] });
    },
  });
}
