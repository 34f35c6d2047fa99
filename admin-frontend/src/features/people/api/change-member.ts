import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export function useChangeMember() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: Schemas['MemberPatch'] & { id: string }) =>
      answer(api.PATCH('/api/members/{id}', { params: { path: { id } }, body })),
    // One's own role may be the one that changed.
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['people'] }),
        client.invalidateQueries({ queryKey: ['me'] }),
      ]),
  });
}
