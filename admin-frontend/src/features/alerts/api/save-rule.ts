import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/lib/api/client';
import type { AlertRule, RuleInput } from './list-rules';
import { ruleOptions } from './rule';

type Written = { input: RuleInput; existing?: { id: string; revision: number } };

function write({ input, existing }: Written): Promise<AlertRule> {
  if (!existing) return answer(api.POST('/api/alert-rules', { body: input }));
  const { id, revision } = existing;
  return answer(api.PUT('/api/alert-rules/{id}', { params: { path: { id } }, body: { ...input, revision } }));
}

export function useSaveRule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: async (saved) => {
      client.setQueryData(ruleOptions(saved.id).queryKey, saved);
      await client.invalidateQueries({ queryKey: ['alert-rules', 'list'] });
    },
  });
}
