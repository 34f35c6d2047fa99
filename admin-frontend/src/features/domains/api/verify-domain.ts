import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import { domainOptions } from './domain';

/** Looks the domain up in DNS now; the answer says what was found. */
export function useVerifyDomain() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => answer(api.POST('/api/domains/{id}/verify', { params: { path: { id } } })),
    onSuccess: async (found) => {
      client.setQueryData(domainOptions(found.id).queryKey, found);
      await client.invalidateQueries({ queryKey: ['domains', 'list'] });
    },
  });
}
