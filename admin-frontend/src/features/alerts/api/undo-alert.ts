import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

/** Takes back what the alert changed. What somebody has changed since stays, and is named in the refusal. */
export function useUndoAlert() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => answer(api.POST('/api/alerts/{id}/undo', { params: { path: { id } } })),
    // Campaigns, destinations or streams are what they were.
    onSettled: () => client.invalidateQueries(),
  });
}
