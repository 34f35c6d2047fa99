import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import type { Rate } from './list-rates';

/** One request a rate: the API takes ranges of days of one currency. */
export function useDeleteRates() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (rates: Rate[]) => {
      for (const { currency, date } of rates) {
        await answer(
          api.DELETE('/api/currency-rates', { params: { query: { currency, from: date, to: date } } }),
        );
      }
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['rates'] }),
        client.invalidateQueries({ queryKey: ['reports'] }),
      ]),
  });
}
