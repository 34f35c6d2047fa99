import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import { meOptions } from '@/lib/session/me';

export function useRenameMe() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => answer(api.PATCH('/api/me', { body: { name } })),
    onSuccess: (me) => {
      client.setQueryData(meOptions.queryKey, me);
      return client.invalidateQueries({ queryKey: ['people'] });
    },
  });
}
