import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

/** One or many at once; the answer says what became of each. */
export function useSetTemplateStatus() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['BulkStatus']) =>
      answer(api.POST('/api/postback-templates/bulk-status', { body })),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['templates'] }),
        client.invalidateQueries({ queryKey: ['entities', 'template'] }),
      ]),
  });
}
