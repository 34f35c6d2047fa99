import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import { linkKeysOptions } from './link-keys';

export function useRotateLinkKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST('/api/link-keys/rotate')),
    onSuccess: (keys) => client.setQueryData(linkKeysOptions.queryKey, keys),
  });
}
