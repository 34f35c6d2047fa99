import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, done } from '@/lib/api/client';

export function useDeleteDomain() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => done(api.DELETE('/api/domains/{id}', { params: { path: { id } } })),
    onSuccess: () =>
      Promise.all([
        // What clicks were recorded for is archived instead, so its page may go on; it is read when it is next shown.
        client.invalidateQueries({ queryKey: ['domains'], refetchType: 'none' }),
        client.invalidateQueries({ queryKey: ['domains', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'domain'] }),
      ]),
  });
}
