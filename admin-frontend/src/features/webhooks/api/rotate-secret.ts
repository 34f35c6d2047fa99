import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import { webhookOptions } from './webhook';

/** The answer holds the new secret, which is never shown again. */
export function useRotateSecret() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answer(api.POST('/api/webhooks/{id}/rotate-secret', { params: { path: { id } } })),
    onSuccess: (_, id) => client.invalidateQueries({ queryKey: webhookOptions(id).queryKey }),
  });
}
