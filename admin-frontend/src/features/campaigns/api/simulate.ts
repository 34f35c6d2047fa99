import { useMutation } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type Simulated = Schemas['Simulated'];
export type SimulatedClick = Schemas['SimulatedClick'];

export function useSimulate(id: string) {
  return useMutation({
    mutationFn: (body: { click: SimulatedClick; chance: number }) =>
      answer(api.POST('/api/campaigns/{id}/simulate', { params: { path: { id } }, body })),
  });
}
