import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

type Written = { id: string; body: Schemas['NodeInputPatch'] };

export function useNameNode() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }: Written) =>
      answer(api.PATCH('/api/nodes/{id}', { params: { path: { id } }, body })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['nodes'] }),
        client.invalidateQueries({ queryKey: ['entities', 'node'] }),
      ]),
  });
}
