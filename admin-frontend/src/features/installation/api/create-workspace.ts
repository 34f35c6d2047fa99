import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export function useCreateWorkspace() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['NewWorkspace']) => answer(api.POST('/api/workspaces', { body })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['workspaces'] }),
        client.invalidateQueries({ queryKey: ['me'] }),
      ]),
  });
}
