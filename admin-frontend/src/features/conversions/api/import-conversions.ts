import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';

export type ImportAnswer = Schemas['ConversionImportAnswer'];
export type ImportedRow = Schemas['ImportRowAnswer'];

type Asked = { csv: string; network: string | null };

export function useImportConversions() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ csv, network }: Asked) =>
      answer(
        api.POST('/api/conversions/import', {
          params: { query: { network: network ?? undefined } },
          body: csv,
          bodySerializer: (text) => text,
          headers: { 'Content-Type': 'text/csv' },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['conversions', 'list'] }),
  });
}
