import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type HealthAnswer = Schemas['HealthCheckAnswer'];

/** Every node probes it now; what each found comes back. */
export function useCheckHealth() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answer(api.POST('/api/destinations/{id}/healthcheck', { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['destinations'] }),
  });
}
