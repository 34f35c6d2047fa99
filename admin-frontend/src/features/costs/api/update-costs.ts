import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import { costUpdateOptions } from './cost-update';

export type CostRow = Schemas['CostRow'];

/** `key`: of one try of a person's, so that a repeat after a lost answer is not done twice. */
type Asked = { body: CostRow | string; key: string };

/** A row, or a text of CSV. */
export function useUpdateCosts() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, key }: Asked) => {
      const params = { header: { 'Idempotency-Key': key } };
      if (typeof body !== 'string') return answer(api.POST('/api/costs', { params, body }));
      return answer(
        api.POST('/api/costs', {
          params,
          body,
          headers: { 'Content-Type': 'text/csv' },
          bodySerializer: (text) => text,
        }),
      );
    },
    onSuccess: async (update) => {
      client.setQueryData(costUpdateOptions(update.id).queryKey, update);
      await client.invalidateQueries({ queryKey: ['reports'] });
    },
  });
}
