import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type CreatedKey = Schemas['CreatedApiKey'];

export function useCreateKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['NewApiKey']) => answer(api.POST('/api/api-keys', { body })),
    // The secret is in the answer alone: it is not kept with what was read.
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: ['api-keys'] }),
  });
}
