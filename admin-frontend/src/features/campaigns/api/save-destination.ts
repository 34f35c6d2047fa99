import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import type { Destination } from './list-destinations';

type Written = { input: Schemas['DestinationInput']; existing?: { id: string; revision: number } };

function write({ input, existing }: Written): Promise<Destination> {
  if (!existing) return answer(api.POST('/api/destinations', { body: input }));
  const { id, revision } = existing;
  return answer(
    api.PATCH('/api/destinations/{id}', { params: { path: { id } }, body: { ...input, revision } }),
  );
}

export function useSaveDestination() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['destinations'] }),
        client.invalidateQueries({ queryKey: ['entities', 'destination'] }),
      ]),
  });
}
