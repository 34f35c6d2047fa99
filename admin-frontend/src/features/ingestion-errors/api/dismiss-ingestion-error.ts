import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';

export function useDismissIngestionError() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answer(api.POST('/api/ingestion-errors/{id}/dismiss', { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['ingestion-errors'] }),
  });
}
