import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export function useRequestErasure() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['ErasureRequest']) => answer(api.POST('/api/privacy/erase', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['privacy', 'erasures'] }),
  });
}
