import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { landingOptions, type Landing } from './landing';

export type LandingInput = Schemas['LandingInput'];

type Written = { input: LandingInput; existing?: { id: string; revision: number } };

function write({ input, existing }: Written): Promise<Landing> {
  if (!existing) return answer(api.POST('/api/landings', { body: input }));
  const { id, revision } = existing;
  return answer(api.PATCH('/api/landings/{id}', { params: { path: { id } }, body: { ...input, revision } }));
}

export function useSaveLanding() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: async (saved) => {
      client.setQueryData(landingOptions(saved.id).queryKey, saved);
      await Promise.all([
        client.invalidateQueries({ queryKey: ['landings', 'list'] }),
        client.invalidateQueries({ queryKey: ['entities', 'landing'] }),
      ]);
    },
  });
}
