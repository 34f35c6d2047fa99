import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { retentionOptions } from './retention';

export function useSaveRetention() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['RetentionWrite']) => answer(api.PUT('/api/privacy/retention', { body })),
    onSuccess: (saved) => client.setQueryData(retentionOptions.queryKey, saved),
  });
}
