import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, done } from '@/lib/api/client';
import { linkKeysOptions } from './link-keys';

export function useRevokeLinkKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => done(api.DELETE('/api/link-keys/{id}', { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: linkKeysOptions.queryKey }),
  });
}
