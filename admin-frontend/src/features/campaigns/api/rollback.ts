import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export function useRollback(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['Rollback']) =>
      answer(api.POST('/api/campaigns/{id}/rollback', { params: { path: { id } }, body })),
    onSettled: () => client.invalidateQueries({ queryKey: ['campaigns'] }),
  });
}
