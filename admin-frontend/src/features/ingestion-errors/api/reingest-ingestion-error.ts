import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

/** `message` is the repaired one; without it, as it came. */
type Asked = { id: string; message?: Record<string, unknown> };

export function useReingest() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, message }: Asked) =>
      answer(
        api.POST('/api/ingestion-errors/{id}/reingest', { params: { path: { id } }, body: { message } }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['ingestion-errors'] }),
  });
}
