import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export function useInviteMember() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['Invitation']) => answer(api.POST('/api/members', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['people'] }),
  });
}
