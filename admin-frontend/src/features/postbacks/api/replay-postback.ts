import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export function useReplayPostback() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (eventId: string) =>
      answer(api.POST('/api/postback-logs/{event_id}/replay', { params: { path: { event_id: eventId } } })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['conversions'] }),
        client.invalidateQueries({ queryKey: ['dead-letters'] }),
      ]),
  });
}
