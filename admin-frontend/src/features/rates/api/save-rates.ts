import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import type { Rate } from './list-rates';

/** Written over what the currencies had for the days. */
export function useSaveRates() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (items: Rate[]) => answer(api.PUT('/api/currency-rates', { body: { items } })),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['rates'] }),
        client.invalidateQueries({ queryKey: ['reports'] }),
      ]),
  });
}
