import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export function useDisableUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => answer(api.POST('/api/users/{id}/disable', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['people'] }),
  });
}
