import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, done } from '@/lib/api/client';

export function useDeleteLanding() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => done(api.DELETE('/api/landings/{id}', { params: { path: { id } } })),
    onSuccess: () =>
      Promise.all([
        // What clicks were recorded for is archived instead, so its page may go on; it is read when it is next shown.
        client.invalidateQueries({ queryKey: ['landings'], refetchType: 'none' }),
        client.invalidateQueries({ queryKey: ['landings', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'landing'] }),
      ]),
  });
}
