import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, done } from '@/lib/api/client';

export function useEndOtherSessions() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => done(api.DELETE('/api/me/sessions')),
    onSettled: () => client.invalidateQueries({ queryKey: ['account', 'sessions'] }),
  });
}
