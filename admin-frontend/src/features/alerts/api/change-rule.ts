import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

type Change = { id: string; body: Pick<Schemas['AlertRulePatch'], 'revision' | 'status' | 'dry_run'> };

/** Pauses or activates a rule, or ends its dry run, from the list. */
export function useChangeRule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }: Change) =>
      answer(api.PATCH('/api/alert-rules/{id}', { params: { path: { id } }, body })),
    onSettled: () => client.invalidateQueries({ queryKey: ['alert-rules'] }),
  });
}
