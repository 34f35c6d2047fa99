import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { networkOptions, type Network } from './network';

export type NetworkInput = Schemas['AffiliateNetworkInput'];

type Written = { input: NetworkInput; existing?: { id: string; revision: number } };

function write({ input, existing }: Written): Promise<Network> {
  if (!existing) return answer(api.POST('/api/affiliate-networks', { body: input }));
  const { id, revision } = existing;
  return answer(
    api.PUT('/api/affiliate-networks/{id}', { params: { path: { id } }, body: { ...input, revision } }),
  );
}

export function useSaveNetwork() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: async (saved) => {
      client.setQueryData(networkOptions(saved.id).queryKey, saved);
      await Promise.all([
        client.invalidateQueries({ queryKey: ['networks', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'network'] }),
      ]);
    },
  });
}
