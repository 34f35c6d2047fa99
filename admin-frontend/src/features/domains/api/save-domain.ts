import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { domainOptions, type Domain } from './domain';

export type DomainInput = Schemas['DomainInput'];

type Written = { input: DomainInput; existing?: { id: string; revision: number } };

function write({ input, existing }: Written): Promise<Domain> {
  if (!existing) return answer(api.POST('/api/domains', { body: input }));
  const { id, revision } = existing;
  return answer(api.PUT('/api/domains/{id}', { params: { path: { id } }, body: { ...input, revision } }));
}

export function useSaveDomain() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: async (saved) => {
      client.setQueryData(domainOptions(saved.id).queryKey, saved);
      await Promise.all([
        client.invalidateQueries({ queryKey: ['domains', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'domain'] }),
      ]);
    },
  });
}
