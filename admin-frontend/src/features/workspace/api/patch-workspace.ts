import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { workspaceOptions } from './workspace';

/** Only what the form has: lists of bots and people have a page of their own. */
export function usePatchWorkspace() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['WorkspaceInputPatch']) => answer(api.PATCH('/api/workspace', { body })),
    onSuccess: (saved) => {
      client.setQueryData(workspaceOptions.queryKey, saved);
      // Name and currency are in the shell and in every report.
      return Promise.all([
        client.invalidateQueries({ queryKey: ['me'] }),
        client.invalidateQueries({ queryKey: ['reports'] }),
      ]);
    },
  });
}
