import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api, type Schemas } from '@/lib/api/client';
import type { Stream } from './campaign-streams';

export type RuleNode = Schemas['RuleNode'];

export function useStreamRules() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({
      id,
      revision,
      rules,
    }: {
      id: string;
      revision: number;
      rules: RuleNode;
    }): Promise<Stream> =>
      answer(api.PATCH('/api/streams/{id}', { params: { path: { id } }, body: { rules, revision } })),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['campaigns'] }),
        client.invalidateQueries({ queryKey: ['reports', 'campaign-streams'] }),
      ]),
  });
}
